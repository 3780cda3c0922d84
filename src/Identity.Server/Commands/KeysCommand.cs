using System.CommandLine;
using System.Security.Cryptography;
using Identity.Core.Keys;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity keys</c>: the keys that sign tokens. Running instances learn of every change within seconds.</summary>
internal static class KeysCommand
{
    public static Command Create(CommandContext context) => new("keys", """
        The keys that sign tokens: list, rotate before their time, retire, export the public halves.
        Example: identity keys rotate ES256
        """)
    {
        List(context), Rotate(context), Retire(context), Export(context), Rewrap(context),
    };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List every key that is published or will be.");
        context.OnRooms(command, static async (_, services, answer, cancel) =>
        {
            await answer.TableAsync(await Rotation(services).ListAsync(cancel), "There are no keys yet: the first start makes them.", ("kid", static key => key.Kid),
                ("algorithm", static key => key.Algorithm), ("state", static key => StateOf(key.State)), ("signs from", static key => Answer.Time(key.ActivatesAt)),
                ("until", static key => Answer.Time(key.RetiresAt)), ("published until", static key => Answer.Time(key.RemovesAt)), ("master key", static key => key.MasterKeyId));
            return 0;
        });
        return command;
    }

    private static Command Rotate(CommandContext context)
    {
        Argument<string?> algorithm = new("algorithm") { Description = "Of which algorithm; all that are kept otherwise.", DefaultValueFactory = static _ => null };
        Option<bool> now = new("--now") { Description = "Sign with the new key at once, without announcing it first: clients that cache the key set fail until they fetch it anew." };
        Command command = new("rotate", """
            Make a successor. It is announced first and signs when every client can have learned of it.
            Example: identity keys rotate ES256
            """)
        { algorithm, now };
        context.OnRooms(command, async (parsed, services, answer, cancel) =>
        {
            List<SigningKeyDescription> made = [];
            var kept = services.GetRequiredService<SigningKeyRing>().Algorithms;
            try
            {
                foreach (var one in parsed.GetValue(algorithm) is { } named ? [named] : kept)
                    made.Add(await Rotation(services).RotateAsync(one, parsed.GetValue(now), cancel));
            }
            catch (ArgumentException unknown)
            {
                throw new CommandFailedException(unknown.Message, CommandFailedException.Usage);
            }

            await answer.GiveAsync(made, [.. made.Select(static key => $"{key.Algorithm} {key.Kid} signs from {Answer.Time(key.ActivatesAt)}.")]);
            return 0;
        });
        return command;
    }

    private static Command Retire(CommandContext context)
    {
        Argument<string> kid = new("kid") { Description = "The key's name, as 'keys list' shows it." };
        Option<bool> remove = new("--remove") { Description = "Take it out of the key set too, as must be when it leaked: every token that it signed becomes invalid." };
        Command command = new("retire", """
            Stop a key from signing at once. What it signed stays valid, unless --remove is given.
            Example: identity keys retire 6Tq0S1 --remove
            """)
        { kid, remove };
        context.OnRooms(command, async (parsed, services, answer, cancel) =>
        {
            if (await Rotation(services).RetireAsync(parsed.GetRequiredValue(kid), parsed.GetValue(remove), cancel) is not SigningKeyRetirement.Retired retired)
                throw new CommandFailedException($"There is no key {Answer.Printable(parsed.GetValue(kid))}. Say: identity keys list");
            await answer.GiveAsync(new { kid = parsed.GetValue(kid), retired.Successor, removed = parsed.GetValue(remove) },
                $"{parsed.GetValue(kid)} signs no more{(retired.Successor is { } successor ? $"; {successor} does" : "")}.");
            return 0;
        });
        return command;
    }

    private static Command Export(CommandContext context)
    {
        Command command = new("export", "Print the public halves as a JSON Web Key Set, for a party that is configured by hand. Private keys never leave the database.");
        context.OnRooms(command, static async (_, services, answer, cancel) =>
        {
            await Opened(async () => await answer.RawAsync(await Rotation(services).ExportPublicAsync(cancel)));
            return 0;
        });
        return command;
    }

    private static Command Rewrap(CommandContext context)
    {
        Command command = new("rewrap", "Close every private key with the present master key, so that a former one can be taken out of Identity:Keys:PreviousMasterKeys.");
        context.OnRooms(command, static async (_, services, answer, cancel) =>
        {
            var treated = 0;
            await Opened(async () => treated = await Rotation(services).RewrapAsync(cancel));
            await answer.GiveAsync(new { treated }, $"{treated} keys were closed anew with master key {services.GetRequiredService<MasterKey>().CurrentId}.");
            return 0;
        });
        return command;
    }

    private static SigningKeyRotation Rotation(IServiceProvider services) => services.GetRequiredService<SigningKeyRotation>();

    private static async Task Opened(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (CryptographicException closed)
        {
            throw new CommandFailedException(closed.Message);
        }
    }

    private static string StateOf(SigningKeyState state) => state switch
    {
        SigningKeyState.Announced => "announced",
        SigningKeyState.Active => "signs",
        SigningKeyState.Retired => "published only",
        _ => "removed",
    };
}
