using System.CommandLine;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients</c>: apps in the database. Apps of the configuration are listed too, but changed in
/// their file.</summary>
internal static class ClientsCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "clients",
            """
            Manage client applications: add, list, change, rotate a secret, remove.
            Example: identity clients add shop --redirect-uri https://shop.example.com/signin-oidc
            """
        )
        {
            ClientsAddCommand.Create(context),
            List(context),
            Show(context),
            ClientsChangeCommand.Set(context),
            ClientsSecretCommand.Rotate(context),
            ClientsSecretCommand.Revoke(context),
            ClientsChangeCommand.Remove(context),
            HashSecretCommand.Create(context),
            RegistrationTokenCommand.Create(context),
            ClientsImportCommand.Create(context),
            ClientsImportCommand.CreateExport(context),
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
                    .Clients.Select(static client => new Listed(
                        client.Id,
                        client.Name,
                        client.Profile,
                        client.GrantTypes,
                        client.Scopes,
                        client.RedirectUris,
                        null
                    ))
                    .Concat(
                        registry.Catalog.Faulty.Values.Select(static client => new Listed(
                            client.Id,
                            null,
                            null,
                            [],
                            [],
                            [],
                            client.Faults
                        ))
                    )
                    .OrderBy(static client => client.Id, StringComparer.Ordinal)
                    .ToArray();
                await answer.TableAsync(
                    rows,
                    "There are no clients. Run: identity clients add --help",
                    ("id", static row => row.Id),
                    ("name", static row => row.Name),
                    ("profile", static row => row.Faults is null ? row.Profile.ToString() : "FAULTY"),
                    ("grants", static row => string.Join(' ', row.GrantTypes.Order(StringComparer.Ordinal))),
                    (
                        "scopes",
                        static row =>
                            row.Faults is null
                                ? string.Join(' ', row.Scopes.Order(StringComparer.Ordinal))
                                : string.Join(' ', row.Faults)
                    )
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
                await LoadAsync(services, cancel);
                var detail = (
                    await services
                        .GetRequiredService<ClientAdministration>()
                        .ReadAsync(services.Operator(), parsed.GetRequiredValue(id), cancel)
                ).Require(Unknown(parsed.GetRequiredValue(id)));
                if (detail.Effective is not { } client)
                    throw new CommandFailedException(
                        [
                            $"{Answer.Printable(detail.Id)} is faulty, so its requests are refused:",
                            .. detail.Faults.Select(static fault => $"  {fault.Field}: {fault.Text}"),
                        ],
                        CommandFailedException.Failed
                    );
                var secrets = detail.Secrets;
                var summaries = secrets.Select(static secret =>
                    $"{secret.Id} ({secret.Description ?? "no description"})"
                    + (secret.ExpiresAt is { } end ? " until " + Answer.Time(end) : "")
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

    internal static string Unknown(string id) => $"There is no client {Answer.Printable(id)}.";

    internal static Argument<string> Id() => new("id") { Description = "The client_id." };

    private sealed record Listed(
        string Id,
        string? Name,
        ClientProfile? Profile,
        IEnumerable<string> GrantTypes,
        IEnumerable<string> Scopes,
        IEnumerable<string> RedirectUris,
        IReadOnlyList<string>? Faults
    );
}
