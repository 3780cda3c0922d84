using System.CommandLine;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients</c>: apps that are kept in the database. Those of the configuration are listed too, and
/// changed where they are written.</summary>
internal static class ClientsCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "clients",
            """
            Manage client applications: add, list, rotate a secret, remove.
            Example: identity clients add shop --redirect-uri https://shop.example.com/signin-oidc
            """
        )
        {
            ClientsAddCommand.Create(context),
            List(context),
            Show(context),
            RotateSecret(context),
            Remove(context),
            RegistrationTokenCommand.Create(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List every client, including those in the configuration.");
        context.OnRooms(
            command,
            static async (_, services, answer, cancel) =>
            {
                var registry = await LoadAsync(services, cancel);
                var rows = registry
                    .Clients.OrderBy(static client => client.Id, StringComparer.Ordinal)
                    .Select(static client => new
                    {
                        client.Id,
                        client.Name,
                        client.Profile,
                        client.GrantTypes,
                        client.Scopes,
                        client.RedirectUris,
                    })
                    .ToArray();
                await answer.TableAsync(
                    rows,
                    "There are no clients. Run: identity clients add --help",
                    ("id", static row => row.Id),
                    ("name", static row => row.Name),
                    ("profile", static row => row.Profile.ToString()),
                    ("grants", static row => string.Join(' ', row.GrantTypes.Order(StringComparer.Ordinal))),
                    ("scopes", static row => string.Join(' ', row.Scopes.Order(StringComparer.Ordinal)))
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var id = Id();
        Command command = new(
            "show",
            "Show the settings of a client, including defaults. Secrets are not shown: only their hashes are stored."
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var client =
                    (await LoadAsync(services, cancel)).Find(parsed.GetValue(id)) ?? throw Unknown(parsed.GetValue(id));
                var secrets = client
                    .Secrets.Select(static secret => new { secret.Description, secret.ExpiresAt })
                    .ToArray();
                var summaries = secrets.Select(static secret =>
                    (secret.Description ?? "one") + (secret.ExpiresAt is { } end ? " until " + Answer.Time(end) : "")
                );
                await answer.GiveAsync(
                    new
                    {
                        client.Id,
                        client.Name,
                        client.Profile,
                        client.GrantTypes,
                        client.Scopes,
                        client.RedirectUris,
                        client.PostLogoutRedirectUris,
                        client.AuthMethods,
                        client.RequireConsent,
                        client.AccessTokenFormat,
                        client.AccessTokenLifetime,
                        client.RefreshTokenIdleLifetime,
                        client.RefreshTokenAbsoluteLifetime,
                        client.BackchannelLogoutUri,
                        secrets,
                    },
                    $"{client.Id} ({Answer.Printable(client.Name)})",
                    $"  profile         {client.Profile}",
                    $"  authenticates   {string.Join(", ", client.AuthMethods)}",
                    $"  grants          {string.Join(' ', client.GrantTypes.Order(StringComparer.Ordinal))}",
                    $"  scopes          {string.Join(' ', client.Scopes.Order(StringComparer.Ordinal))}",
                    $"  redirects to    {string.Join(' ', client.RedirectUris)}",
                    $"  after sign-out  {string.Join(' ', client.PostLogoutRedirectUris)}",
                    $"  consent         {(client.RequireConsent ? "asked for" : "not asked for")}",
                    $"  tokens          {client.AccessTokenFormat}, {client.AccessTokenLifetime:c}; "
                        + $"refresh {client.RefreshTokenIdleLifetime:c} idle, "
                        + $"{client.RefreshTokenAbsoluteLifetime:c} in all",
                    $"  secrets         {string.Join(", ", summaries)}"
                );
                return 0;
            }
        );
        return command;
    }

    private static Command RotateSecret(CommandContext context)
    {
        var id = Id();
        Option<double> hours = new("--keep-old-hours")
        {
            Description =
                "How long the current secrets keep working, so that the client can be updated without an outage.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 24,
        };
        Command command = new(
            "rotate-secret",
            """
            Give a client a new secret, which is shown once.
            Example: identity clients rotate-secret shop --keep-old-hours 1
            """
        )
        {
            id,
            hours,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                if (parsed.GetValue(hours) is < 0 or > 24 * 90)
                    throw new CommandFailedException(
                        "--keep-old-hours: must be 0 to 2160.",
                        CommandFailedException.Usage
                    );
                await LoadAsync(services, cancel);
                var definition = await StoredAsync(services, parsed.GetRequiredValue(id), cancel);
                if (definition.Secrets is not { Count: > 0 } present)
                    throw new CommandFailedException(
                        $"{parsed.GetValue(id)} has no secret: it does not authenticate with a secret."
                    );
                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                var end = now + TimeSpan.FromHours(parsed.GetValue(hours));
                var (secret, stored) = ClientSecrets.Generate("made by identity clients rotate-secret");
                foreach (var old in present)
                    old.ExpiresAt = old.ExpiresAt is { } earlier && earlier < end ? earlier : end;
                definition.Secrets = [stored, .. present.Where(old => old.ExpiresAt > now)];
                await services
                    .GetRequiredService<ClientStore>()
                    .ReplaceAsync(
                        parsed.GetRequiredValue(id),
                        definition,
                        AuditEventTypes.ClientSecretRotated,
                        CommandContext.Operator,
                        cancel
                    );
                await TellAsync(
                    answer,
                    parsed.GetRequiredValue(id),
                    $"has a new secret; the old one works until {Answer.Time(end)}",
                    secret
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var id = Id();
        Option<bool> yes = new("--yes") { Description = "Confirm that the client is to be removed." };
        Command command = new("remove", "Remove a client. Its requests are refused from then on.") { id, yes };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                await LoadAsync(services, cancel);
                await StoredAsync(services, parsed.GetRequiredValue(id), cancel);
                if (!parsed.GetValue(yes))
                    throw new CommandFailedException(
                        $"This cannot be undone. Add --yes to remove {parsed.GetValue(id)}.",
                        CommandFailedException.Usage
                    );
                await services
                    .GetRequiredService<ClientStore>()
                    .RemoveAsync(parsed.GetRequiredValue(id), CommandContext.Operator, cancel);
                await answer.GiveAsync(new { id = parsed.GetValue(id) }, $"{parsed.GetValue(id)} was removed.");
                return 0;
            }
        );
        return command;
    }

    internal static Task TellAsync(Answer answer, string id, string what, string? secret) =>
        answer.GiveAsync(
            new { id, secret },
            secret is null
                ? [$"{id} {what}."]
                : [$"{id} {what}.", $"Secret: {secret}", "It is shown only once: only its hash is stored."]
        );

    internal static async Task<ClientRegistry> LoadAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var registry = services.GetRequiredService<ClientRegistry>();
        await registry.LoadAsync(strict: true, cancellationToken);
        return registry;
    }

    private static async Task<ClientDefinition> StoredAsync(
        IServiceProvider services,
        string id,
        CancellationToken cancellationToken
    ) =>
        await services.GetRequiredService<ClientStore>().FindAsync(id, cancellationToken)
        ?? throw (
            services.GetRequiredService<ClientRegistry>().Find(id) is null
                ? Unknown(id)
                : new CommandFailedException(
                    $"{id} is defined in the configuration (Identity:Clients:{id}): change it there."
                )
        );

    private static CommandFailedException Unknown(string? id) => new($"There is no client {Answer.Printable(id)}.");

    internal static Argument<string> Id() => new("id") { Description = "The client_id." };
}
