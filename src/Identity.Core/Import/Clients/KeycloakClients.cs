using System.Buffers.Text;
using System.Text.Json;
using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>Reads the clients of a Keycloak realm export.</summary>
internal static class KeycloakClients
{
    // Keycloak's own clients.
    private static readonly string[] BuiltIn =
    [
        "account",
        "account-console",
        "admin-cli",
        "broker",
        "realm-management",
        "security-admin-console",
    ];

    /// <summary>The clients; a client of another protocol than OpenID Connect is skipped with the reason.</summary>
    public static IEnumerable<(ImportedClient? Client, ClientImportRow? Skipped)> Read(JsonElement root)
    {
        foreach (var client in new SourceObject(root).Objects("clients"))
        {
            var id = client.Text("clientId") ?? "";
            if (Skip(id, client) is { } reason)
                yield return (null, new(id, "skipped", null, [reason]));
            else
                yield return (Read(id, client), null);
        }
    }

    private static string? Skip(string id, SourceObject client) =>
        BuiltIn.Contains(id, StringComparer.Ordinal) ? "A client of Keycloak itself."
        : client.Text("protocol") is { } protocol && protocol != "openid-connect" ? $"Its protocol is {protocol}."
        : client.Flag("enabled") == false ? "It is disabled."
        : client.Flag("bearerOnly") == true ? "A resource server: define a scope with its audience instead."
        : null;

    private static ImportedClient Read(string id, SourceObject client)
    {
        List<string> notes = [];
        var attributes = client.Object("attributes");
        var isPublic = client.Flag("publicClient") ?? false;
        var hasPeople = client.Flag("standardFlowEnabled") ?? true;
        var redirects = ClientAddresses.Whole(
            client.Texts("redirectUris").Select(address => Absolute(client.Text("rootUrl"), address)),
            "redirectUris",
            notes
        );
        ClientDefinition definition = new()
        {
            Profile = ClientAddresses.ProfileOf(isPublic, hasPeople, redirects),
            Name = client.Text("name"),
            RedirectUris = hasPeople ? redirects : null,
            PostLogoutRedirectUris = ClientAddresses.Whole(
                attributes.Texts("post.logout.redirect.uris").Where(static address => address is not ("+" or "-")),
                "post.logout.redirect.uris",
                notes
            ),
            CorsOrigins = [.. client.Texts("webOrigins").Where(static origin => origin is not ("+" or "*" or "/*"))],
            RequireConsent = client.Flag("consentRequired"),
            ClientUri =
                client.Text("baseUrl") is { } home && home.StartsWith("https://", StringComparison.Ordinal)
                    ? home
                    : null,
            LogoUri = attributes.Text("logoUri"),
            PolicyUri = attributes.Text("policyUri"),
            TosUri = attributes.Text("tosUri"),
            AccessTokenLifetime = attributes.Seconds("access.token.lifespan"),
            BackchannelLogoutUri = attributes.Text("backchannel.logout.url"),
            BackchannelLogoutSessionRequired = attributes.Flag("backchannel.logout.session.required"),
            FrontchannelLogoutUri = attributes.Text("frontchannel.logout.url"),
            DpopBoundAccessTokens = attributes.Flag("dpop.bound.access.tokens"),
            IdTokenSignedResponseAlg = attributes.Text("id.token.signed.response.alg"),
        };
        if (client.Texts("webOrigins") is var origins && origins.Contains("+"))
            definition.CorsOrigins = [.. definition.CorsOrigins.Concat(OriginsOf(redirects)).Distinct()];
        ReadFlows(client, attributes, hasPeople, definition, notes);
        var needsSecret = ReadAuthentication(client, attributes, isPublic, definition, notes);
        AddUnread(client, attributes, notes);
        return new(id, definition, needsSecret, notes);
    }

    private static void ReadFlows(
        SourceObject client,
        SourceObject attributes,
        bool hasPeople,
        ClientDefinition definition,
        List<string> notes
    )
    {
        definition.Scopes =
        [
            .. client.Texts("defaultClientScopes").Concat(client.Texts("optionalClientScopes")).Distinct(),
        ];
        List<string> grants = hasPeople ? [ClientGrantType.AuthorizationCode] : [];
        if (hasPeople)
            definition.Scopes.Insert(0, "openid");
        if (client.Flag("serviceAccountsEnabled") == true)
            grants.Add(ClientGrantType.ClientCredentials);
        if (attributes.Flag("oauth2.device.authorization.grant.enabled") == true)
            grants.Add(ClientGrantType.DeviceCode);
        if (attributes.Flag("oidc.ciba.grant.enabled") == true)
            notes.Add("oidc.ciba.grant.enabled: set up backchannel authentication by hand.");
        definition.GrantTypes = grants;
        if (client.Flag("implicitFlowEnabled") == true)
            notes.Add("implicitFlowEnabled: the implicit flow is not supported (RFC 9700 section 2.1.2).");
        if (client.Flag("directAccessGrantsEnabled") == true)
            notes.Add("directAccessGrantsEnabled: the password grant is not supported (RFC 9700 section 2.4).");
    }

    private static bool ReadAuthentication(
        SourceObject client,
        SourceObject attributes,
        bool isPublic,
        ClientDefinition definition,
        List<string> notes
    )
    {
        var secret = client.Text("secret");
        var method = client.Text("clientAuthenticatorType");
        var jwksUri = attributes.Flag("use.jwks.url") == true ? attributes.Text("jwks.url") : null;
        var jwks = jwksUri is null ? attributes.Text("jwks.string") : null;
        if (isPublic)
            return false;
        if (method == "client-jwt" && (jwksUri ?? jwks) is not null)
        {
            (definition.JwksUri, definition.Jwks) = (jwksUri, jwks);
            definition.TokenEndpointAuthMethod = ClientAuthMethod.PrivateKeyJwt;
            return false;
        }
        if (method is not (null or "client-secret"))
            notes.Add($"clientAuthenticatorType {method}: set up by hand; the client has a secret until then.");
        else if (secret is { Length: >= ClientSecrets.MinCharacters })
        {
            definition.Secrets =
            [
                new()
                {
                    Sha256 = Base64Url.EncodeToString(ClientSecrets.Digest(secret)),
                    Description = "carried over from Keycloak",
                },
            ];
            return false;
        }
        notes.Add($"secret: missing, masked or shorter than {ClientSecrets.MinCharacters} characters; replaced.");
        return true;
    }

    private static void AddUnread(SourceObject client, SourceObject attributes, List<string> notes)
    {
        client.Ignore(
            "id",
            "surrogateAuthRequired",
            "alwaysDisplayInConsole",
            "notBefore",
            "nodeReRegistrationTimeout"
        );
        client.Ignore("fullScopeAllowed", "access", "origin", "frontchannelLogout", "description");
        attributes.Ignore(
            "pkce.code.challenge.method",
            "client.secret.creation.time",
            "realm_client",
            "use.refresh.tokens"
        );
        notes.AddRange(client.Unread().Select(static name => $"{name}: not carried over."));
        notes.AddRange(attributes.Unread().Select(static name => $"attributes.{name}: not carried over."));
    }

    private static string Absolute(string? root, string address) =>
        root is not null && address.StartsWith('/') ? root.TrimEnd('/') + address : address;

    private static IEnumerable<string> OriginsOf(IEnumerable<string> addresses) =>
        addresses
            .Where(static address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == "https")
            .Select(static address => new Uri(address).GetLeftPart(UriPartial.Authority));
}
