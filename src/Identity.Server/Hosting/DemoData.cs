using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Roles;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Microsoft.Extensions.Configuration.Memory;

namespace Identity.Server.Hosting;

/// <summary> A person, who is an administrator, and four clients for a first try, in Development only. Their secrets
/// are generated at the first start and stored in <c>.data/demo.json</c>, readable only by its owner, where
/// <c>./run</c> reads them for the samples. A configured client with the same id is left unchanged.
/// </summary>
internal static class DemoData
{
    /// <summary>The demo person's address.</summary>
    public const string Email = "demo@example.com";

    /// <summary>The address of the sample web app, if it is not on port 5001.</summary>
    /// <summary>The address of the demo's sample web app.</summary>
    public const string WebAppKey = "Identity:DemoWebApp";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>The content of the file.</summary>
    internal sealed record Secrets(string Email, string Password, string WebAppSecret, string MachineSecret);

    /// <summary>Adds the clients to the configuration, and the person once the database is open.</summary>
    public static void AddDemo(this WebApplicationBuilder builder)
    {
        var (secrets, isNew) = ReadOrMake(Path.Combine(ProviderDatabase.Folder(builder.Environment), "demo.json"));
        var webApp = (builder.Configuration[WebAppKey] ?? "http://localhost:5001").TrimEnd('/');
        var settings = Settings(secrets, webApp);
        string[] taken =
        [
            .. builder
                .Configuration.GetSection("Identity:Clients")
                .GetChildren()
                .Concat(builder.Configuration.GetSection("Identity:Scopes").GetChildren())
                .Select(static section => section.Path + ":"),
        ];
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(
            0,
            new MemoryConfigurationSource
            {
                InitialData = settings.Where(setting =>
                    !taken.Any(path => setting.Key.StartsWith(path, StringComparison.OrdinalIgnoreCase))
                ),
            }
        );
        builder.Services.AddHostedService(provider =>
            ActivatorUtilities.CreateInstance<DemoPerson>(provider, secrets, isNew)
        );
    }

    private static Dictionary<string, string?> Settings(Secrets secrets, string webApp)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Identity:Scopes:api:DisplayName"] = "The sample API",
            ["Identity:Scopes:api:Description"] = "Read what the sample API knows of you",
            ["Identity:Scopes:api:Resources:0"] = "api",
        };
        Add(
            "webapp",
            "Web",
            "Sample web app",
            secrets.WebAppSecret,
            ["authorization_code", "refresh_token"],
            ["openid", "profile", "email", "offline_access", "api"],
            [webApp + "/signin-oidc"],
            [webApp + "/signout-callback-oidc"]
        );
        Add(
            "spa",
            "Spa",
            "Sample browser app",
            null,
            ["authorization_code", "refresh_token"],
            ["openid", "profile", "email", "offline_access", "api"],
            ["http://localhost:5003/callback"],
            ["http://localhost:5003/"]
        );
        Add(
            "native",
            "Native",
            "Sample desktop app",
            null,
            ["authorization_code", "refresh_token"],
            ["openid", "profile", "email", "offline_access", "api"],
            ["http://127.0.0.1/callback"],
            ["http://127.0.0.1/"]
        );
        Add(
            "device",
            "Native",
            "Sample television",
            null,
            ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
            ["openid", "profile", "email", "offline_access"],
            [],
            []
        );
        Add("machine", "Service", "Sample service", secrets.MachineSecret, [], ["api"], [], []);
        settings["Identity:Clients:spa:CorsOrigins:0"] = "http://localhost:5003";
        return settings;

        void Add(
            string id,
            string profile,
            string name,
            string? secret,
            string[] grants,
            string[] scopes,
            string[] redirects,
            string[] afterLogout
        )
        {
            var client = "Identity:Clients:" + id;
            settings[client + ":Profile"] = profile;
            settings[client + ":Name"] = name;
            if (secret is not null)
                settings[client + ":Secret"] = secret;
            foreach (
                var (list, values) in new[]
                {
                    ("GrantTypes", grants),
                    ("Scopes", scopes),
                    ("RedirectUris", redirects),
                    ("PostLogoutRedirectUris", afterLogout),
                }
            )
            {
                for (var i = 0; i < values.Length; i++)
                    settings[$"{client}:{list}:{i}"] = values[i];
            }
        }
    }

    private static (Secrets Secrets, bool IsNew) ReadOrMake(string path)
    {
        if (File.Exists(path))
        {
            try
            {
                return (
                    JsonSerializer.Deserialize<Secrets>(File.ReadAllText(path), Json)
                        ?? throw new JsonException("It holds nothing."),
                    false
                );
            }
            catch (JsonException broken)
            {
                throw new CommandFailedException(
                    $"{path} cannot be read ({broken.Message.TrimEnd('.')}). Remove it: the demo's secrets are made "
                        + "anew."
                );
            }
        }

        Secrets made = new(Email, Password(), Secret(), Secret());
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var stream = new FileStream(draft, options))
            JsonSerializer.Serialize(stream, made, Json);
        File.Move(draft, path, overwrite: true);
        return (made, true);
    }

    private static string Secret() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    // 16 of 31 characters, 79 bits: easy to type, without characters that look alike.
    private static string Password() =>
        string.Join(
            '-',
            Enumerable
                .Range(0, 4)
                .Select(static _ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4))
        );
}

/// <summary>Creates the demo person if there is none. If the file is new, an existing person gets its password, so that
/// the output of <c>./run</c> is right.</summary>
internal sealed class DemoPerson(
    Database database,
    UserStore users,
    PasswordChanger passwords,
    HashQueue hashes,
    OperatorReader operators,
    RoleDirectory roles,
    RoleGrants grants,
    DemoData.Secrets secrets,
    bool isNew
) : IHostedService
{
    private static readonly RequestContext Here = new(null, "identity demo", null);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var email = EmailAddress.Parse(secrets.Email);
        if (!PlainTextPassword.TryCreate(secrets.Password, out var password))
            throw new CommandFailedException(
                ".data/demo.json: its password is not one. Remove the file: the demo's secrets are made anew."
            );
        var user = await users.FindByEmailAsync(email, cancellationToken);
        if (user is not null && !isNew)
            return;
        if (
            await hashes.HashAsync(password, null, cancellationToken)
            is not HashTurn<PasswordHash>.Done { Value: var hash }
        )
            return;
        await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (user is not null)
                    await passwords.SetAsync(transaction, user.Id, hash, null, EndReason.PasswordReset, Here, cancel);
                else
                    await users.CreateAsync(
                        transaction,
                        new(email, hash, "Demo Person", "Demo", "Person", IsVerified: true),
                        Here,
                        cancel
                    );
            },
            cancellationToken
        );
        if (user is null)
            await MakeAdministratorAsync(email, cancellationToken);
    }

    // Only when the account is created, so that a later withdrawal of the role is permanent.
    private async Task MakeAdministratorAsync(EmailAddress email, CancellationToken cancellationToken)
    {
        var actor = operators.OfCommandLine();
        if (
            await users.FindByEmailAsync(email, cancellationToken) is { } user
            && await roles.FindAsync(actor, AdminRole.Admin, null, cancellationToken)
                is AdminOutcome<Role>.Done { Value: var role }
        )
            await grants.GrantAsync(actor, role.Id, user.Id, Here, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
