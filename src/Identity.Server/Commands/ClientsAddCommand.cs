using System.CommandLine;
using Identity.Core.Clients;

namespace Identity.Server.Commands;

/// <summary><c>identity clients add</c>.</summary>
internal static class ClientsAddCommand
{
    public static Command Create(CommandContext context)
    {
        var id = ClientsCommand.Id();
        Option<ClientProfile> profile = new("--profile")
        {
            Description = "The kind of application, which sets the defaults.",
            DefaultValueFactory = static _ => ClientProfile.Web,
        };
        Option<string?> name = new("--name")
        {
            Description = "The name people see on the consent page.",
            HelpName = "NAME",
        };
        var redirects = Many("--redirect-uri", "A redirect URI. Can be repeated.", "URI");
        var afterLogout = Many("--post-logout-redirect-uri", "A post-logout redirect URI. Can be repeated.", "URI");
        var scopes = Many("--scope", "A scope it may request. offline_access gives it refresh tokens.", "SCOPE");
        var grants = Many("--grant-type", "A grant it may use. Default: those of the profile.", "GRANT");
        Option<string?> jwksUri = new("--jwks-uri")
        {
            Description = "The URL of its public keys. The client then authenticates with private_key_jwt.",
            HelpName = "URI",
        };
        Option<string?> logout = new("--backchannel-logout-uri")
        {
            Description = "The back-channel logout URL.",
            HelpName = "URI",
        };
        var settings = Many(
            "--set",
            "Any other setting of docs/clients.md, such as UserClaimsInIdToken=true. Can be repeated.",
            "NAME=VALUE"
        );
        Option<bool> consent = new("--require-consent")
        {
            Description = "Ask the person for consent before the first token.",
        };
        Command command = new(
            "add",
            """
            Add a client. A confidential client gets a secret, which is shown once.
            Example: identity clients add nightly --profile Service --scope api
            """
        )
        {
            id,
            profile,
            name,
            redirects,
            afterLogout,
            scopes,
            grants,
            jwksUri,
            logout,
            consent,
            settings,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                ClientDefinition definition = new()
                {
                    Profile = parsed.GetValue(profile),
                    Name = parsed.GetValue(name),
                    RedirectUris = Given(parsed.GetValue(redirects)),
                    PostLogoutRedirectUris = Given(parsed.GetValue(afterLogout)),
                    Scopes = Given(parsed.GetValue(scopes)),
                    GrantTypes = Given(parsed.GetValue(grants)),
                    JwksUri = parsed.GetValue(jwksUri),
                    TokenEndpointAuthMethod = parsed.GetValue(jwksUri) is null ? null : ClientAuthMethod.PrivateKeyJwt,
                    BackchannelLogoutUri = parsed.GetValue(logout),
                    RequireConsent = parsed.GetValue(consent) ? true : null,
                };
                ClientSettings.Apply(definition, parsed.GetValue(settings) ?? []);
                await ClientsCommand.LoadAsync(services, cancel);
                var added = (
                    await services
                        .GetRequiredService<ClientAdministration>()
                        .CreateAsync(
                            services.Operator(),
                            parsed.GetRequiredValue(id),
                            definition,
                            CommandContext.Operator,
                            cancel
                        )
                ).Require(ClientsCommand.Unknown(parsed.GetRequiredValue(id)));
                await ClientsCommand.TellAsync(answer, added.Id, "was added", added.Secret);
                return 0;
            }
        );
        return command;
    }

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            AllowMultipleArgumentsPerToken = false,
        };

    private static string[]? Given(string[]? values) => values is { Length: > 0 } ? values : null;
}
