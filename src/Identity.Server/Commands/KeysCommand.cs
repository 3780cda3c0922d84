using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Keys;
using Identity.Core.TwoFactor;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity keys</c>: the keys that sign tokens. Running instances learn of every change within
/// seconds.</summary>
internal static class KeysCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "keys",
            """
            Manage the signing keys: list, rotate early, retire, export the public keys.
            Example: identity keys rotate ES256
            """
        )
        {
            List(context),
            Rotate(context),
            Retire(context),
            Export(context),
            Rewrap(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List every key that is published or will be.");
        context.OnRooms(
            command,
            static async (_, services, answer, cancel) =>
            {
                await answer.TableAsync(
                    await Rotation(services).ListAsync(cancel),
                    "There are no keys yet: the first start creates them.",
                    ("kid", static key => key.Kid),
                    ("algorithm", static key => key.Algorithm),
                    ("state", static key => StateOf(key.State)),
                    ("signs from", static key => Answer.Time(key.ActivatesAt)),
                    ("until", static key => Answer.Time(key.RetiresAt)),
                    ("published until", static key => Answer.Time(key.RemovesAt)),
                    ("master key", static key => key.MasterKeyId)
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Rotate(CommandContext context)
    {
        Argument<string?> algorithm = new("algorithm")
        {
            Description = "The algorithm. Default: every algorithm in use.",
            DefaultValueFactory = static _ => null,
        };
        Option<bool> now = new("--now")
        {
            Description =
                "Sign with the new key at once, without announcing it first: clients that cache the key set fail "
                + "until they fetch it again.",
        };
        Command command = new(
            "rotate",
            """
            Create a successor. It is announced first and signs once every client has had time to fetch it.
            Example: identity keys rotate ES256
            """
        )
        {
            algorithm,
            now,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var made = (
                    await services
                        .GetRequiredService<SigningKeyAdministration>()
                        .RotateAsync(
                            services.Operator(),
                            parsed.GetValue(algorithm),
                            parsed.GetValue(now),
                            CommandContext.Operator,
                            cancel
                        )
                ).Require("There is no key.");

                await answer.GiveAsync(
                    made,
                    [
                        .. made.Select(static key =>
                            $"{key.Algorithm} {key.Kid} signs from {Answer.Time(key.ActivatesAt)}."
                        ),
                    ]
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Retire(CommandContext context)
    {
        Argument<string> kid = new("kid") { Description = "The key's name, as 'keys list' shows it." };
        Option<bool> remove = new("--remove")
        {
            Description =
                "Also remove it from the key set, as is necessary after a leak: every token it signed becomes invalid.",
        };
        Command command = new(
            "retire",
            """
            Stop a key from signing at once. What it signed stays valid, unless --remove is given.
            Example: identity keys retire 6Tq0S1 --remove
            """
        )
        {
            kid,
            remove,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var retired = (
                    await services
                        .GetRequiredService<SigningKeyAdministration>()
                        .RetireAsync(
                            services.Operator(),
                            parsed.GetRequiredValue(kid),
                            parsed.GetValue(remove),
                            CommandContext.Operator,
                            cancel
                        )
                ).Require($"There is no key {Answer.Printable(parsed.GetValue(kid))}. Run: identity keys list");
                await answer.GiveAsync(
                    new
                    {
                        kid = parsed.GetValue(kid),
                        retired.Successor,
                        removed = parsed.GetValue(remove),
                    },
                    $"{parsed.GetValue(kid)} no longer "
                        + $"signs{(retired.Successor is { } successor ? $"; {successor} does" : "")}."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Export(CommandContext context)
    {
        Option<bool> pem = new("--pem")
        {
            Description =
                "As PEM, each key under a comment with its name and algorithm, for software that does not support "
                + "JSON Web Keys.",
        };
        Command command = new(
            "export",
            """
            Print the public keys as a JSON Web Key Set, for a party that is configured manually. Private keys
            never leave the database.
            Example: identity keys export --pem
            """
        )
        {
            pem,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                await Opened(async () =>
                {
                    var set = await Rotation(services).ExportPublicAsync(cancel);
                    await answer.RawAsync(parsed.GetValue(pem) ? Pem(set) : set);
                });
                return 0;
            }
        );
        return command;
    }

    private static Command Rewrap(CommandContext context)
    {
        Command command = new(
            "rewrap",
            """
            Re-encrypt, with the current master key, everything that a previous one encrypted: signing keys,
            cookie keys, authenticator app secrets.
            Example: identity keys rewrap
            """
        );
        context.OnRooms(
            command,
            static async (_, services, answer, cancel) =>
            {
                var (signing, cookies, apps) = (0, 0, 0);
                await Opened(async () =>
                {
                    signing = await Rotation(services).RewrapAsync(cancel);
                    cookies = await services.GetRequiredService<DataProtectionKeyStore>().RewrapAsync(cancel);
                    apps = await services.GetRequiredService<TotpSecretRewrapper>().RewrapAsync(cancel);
                });
                await answer.GiveAsync(
                    new
                    {
                        masterKey = services.GetRequiredService<MasterKey>().CurrentId,
                        signingKeys = signing,
                        dataProtectionKeys = cookies,
                        authenticatorSecrets = apps,
                    },
                    $"Encrypted again with master key {services.GetRequiredService<MasterKey>().CurrentId}: {signing} "
                        + $"signing keys, {cookies} cookie keys, {apps} authenticator app secrets."
                );
                return 0;
            }
        );
        return command;
    }

    private static SigningKeyRotation Rotation(IServiceProvider services) =>
        services.GetRequiredService<SigningKeyRotation>();

    private static async Task Opened(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (CryptographicException unreadable)
        {
            throw new CommandFailedException(unreadable.Message);
        }
    }

    private static string Pem(string set)
    {
        List<string> parts = [];
        foreach (var key in JsonElement.Parse(set).GetProperty("keys").EnumerateArray())
        {
            parts.Add($"# {Text("kid")} {Text("alg")}");
            if (Text("kty") == "EC")
            {
                using var curve = ECDsa.Create(
                    new ECParameters
                    {
                        Curve = ECCurve.NamedCurves.nistP256,
                        Q = new ECPoint { X = Bytes("x"), Y = Bytes("y") },
                    }
                );
                parts.Add(curve.ExportSubjectPublicKeyInfoPem());
            }
            else
            {
                using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes("n"), Exponent = Bytes("e") });
                parts.Add(rsa.ExportSubjectPublicKeyInfoPem());
            }

            string Text(string name) => key.GetProperty(name).GetString()!;
            byte[] Bytes(string name) => Base64Url.DecodeFromChars(Text(name));
        }
        return string.Join(Environment.NewLine, parts);
    }

    private static string StateOf(SigningKeyState state) =>
        state switch
        {
            SigningKeyState.Announced => "announced",
            SigningKeyState.Active => "signs",
            SigningKeyState.Retired => "published only",
            _ => "removed",
        };
}
