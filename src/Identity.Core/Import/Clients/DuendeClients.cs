using System.Buffers.Text;
using System.Text.Json;
using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>Reads the clients of Duende IdentityServer: from its settings file (<c>IdentityServer:Clients</c>) or its
/// EF tables (one list of rows per table).</summary>
internal static class DuendeClients
{
    private const int Sha256Bytes = 32;

    /// <summary>The clients; a disabled one is skipped with the reason.</summary>
    public static IEnumerable<(ImportedClient? Client, ClientImportRow? Skipped)> Read(JsonElement root)
    {
        SourceObject file = new(root);
        var server = file.Has("IdentityServer") ? file.Object("IdentityServer") : file;
        var tables = DuendeTables.Read(server);
        foreach (var client in server.Objects("Clients"))
        {
            var id = client.Text("ClientId") ?? "";
            if (client.Flag("Enabled") == false)
                yield return (null, new(id, "skipped", null, ["It is disabled."]));
            else
                yield return (Read(id, client, tables?.Of(client)), null);
        }
    }

    private static ImportedClient Read(string id, SourceObject client, DuendeTables.Rows? rows)
    {
        List<string> notes = [];
        var redirects = ClientAddresses.Whole(
            rows?.RedirectUris ?? client.Texts("RedirectUris"),
            "RedirectUris",
            notes
        );
        var grants = Grants(rows?.GrantTypes ?? client.Texts("AllowedGrantTypes"), notes);
        var scopes = rows?.Scopes ?? client.Texts("AllowedScopes");
        if (client.Flag("AllowOfflineAccess") == true)
            scopes.Add("offline_access");
        ClientDefinition definition = new()
        {
            Profile = ClientAddresses.ProfileOf(
                client.Flag("RequireClientSecret") == false,
                grants.Contains(ClientGrantType.AuthorizationCode) || grants.Contains(ClientGrantType.DeviceCode),
                redirects
            ),
            Name = client.Text("ClientName"),
            ClientUri = client.Text("ClientUri"),
            LogoUri = client.Text("LogoUri"),
            RedirectUris = redirects,
            PostLogoutRedirectUris = rows?.PostLogoutRedirectUris ?? client.Texts("PostLogoutRedirectUris"),
            CorsOrigins = rows?.CorsOrigins ?? client.Texts("AllowedCorsOrigins"),
            GrantTypes = grants,
            Scopes = [.. scopes.Distinct()],
            RequireConsent = client.Flag("RequireConsent"),
            AccessTokenLifetime = client.Seconds("AccessTokenLifetime"),
            IdTokenLifetime = client.Seconds("IdentityTokenLifetime"),
            AuthorizationCodeLifetime = client.Seconds("AuthorizationCodeLifetime"),
            RefreshTokenAbsoluteLifetime = client.Seconds("AbsoluteRefreshTokenLifetime"),
            RefreshTokenIdleLifetime = client.Seconds("SlidingRefreshTokenLifetime"),
            DeviceCodeLifetime = client.Seconds("DeviceCodeLifetime"),
            AccessTokenFormat = client.Text("AccessTokenType") is "1" or "Reference"
                ? AccessTokenFormat.Reference
                : null,
            UserClaimsInIdToken = client.Flag("AlwaysIncludeUserClaimsInIdToken"),
            BackchannelLogoutUri = client.Text("BackChannelLogoutUri"),
            BackchannelLogoutSessionRequired = client.Flag("BackChannelLogoutSessionRequired"),
            FrontchannelLogoutUri = client.Text("FrontChannelLogoutUri"),
            FrontchannelLogoutSessionRequired = client.Flag("FrontChannelLogoutSessionRequired"),
            DpopBoundAccessTokens = client.Flag("RequireDPoP"),
            RequirePushedAuthorizationRequests = client.Flag("RequirePushedAuthorization"),
            RequireSignedRequestObject = client.Flag("RequireRequestObject"),
        };
        ForgetUnusedLifetimes(definition);
        var needsSecret = ReadSecrets(client, rows?.Secrets ?? client.Objects("ClientSecrets"), definition, notes);
        AddUnread(client, notes);
        return new(id, definition, needsSecret, notes);
    }

    private static List<string> Grants(IEnumerable<string> names, List<string> notes)
    {
        List<string> grants = [];
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (ClientGrantType.All.Contains(name, StringComparer.Ordinal))
                grants.Add(name);
            else
                notes.Add($"AllowedGrantTypes {name}: not supported.");
        }
        return grants;
    }

    // Duende's defaults for settings that a client does not use must not make it invalid here.
    private static void ForgetUnusedLifetimes(ClientDefinition definition)
    {
        if (definition.Scopes?.Contains("offline_access") != true)
            (definition.RefreshTokenAbsoluteLifetime, definition.RefreshTokenIdleLifetime) = (null, null);
        if (definition.GrantTypes?.Contains(ClientGrantType.DeviceCode) != true)
            definition.DeviceCodeLifetime = null;
    }

    // Duende stores a shared secret as base64 of its SHA-256, or of its SHA-512, which cannot be used here.
    private static bool ReadSecrets(
        SourceObject client,
        List<SourceObject> secrets,
        ClientDefinition definition,
        List<string> notes
    )
    {
        if (client.Flag("RequireClientSecret") == false)
            return false;
        List<ClientSecretDefinition> kept = [];
        List<string> keys = [];
        foreach (var secret in secrets)
        {
            var (type, value) = (secret.Text("Type") ?? "SharedSecret", secret.Text("Value") ?? "");
            var digest = new byte[value.Length];
            if (type == "JWK")
                keys.Add(value);
            else if (
                type == "SharedSecret"
                && Convert.TryFromBase64String(value, digest, out var length)
                && length == Sha256Bytes
            )
                kept.Add(
                    new()
                    {
                        Sha256 = Base64Url.EncodeToString(digest.AsSpan(0, length)),
                        Description = secret.Text("Description") ?? "carried over from Duende",
                        ExpiresAt = DateTimeOffset.TryParse(
                            secret.Text("Expiration"),
                            System.Globalization.CultureInfo.InvariantCulture,
                            System.Globalization.DateTimeStyles.AssumeUniversal,
                            out var end
                        )
                            ? end
                            : null,
                    }
                );
            else
                notes.Add($"ClientSecrets of type {type}: only SHA-256 digests and JWK can be carried over.");
        }
        if (keys.Count > 0)
        {
            definition.Jwks = $$"""{"keys":[{{string.Join(',', keys)}}]}""";
            definition.TokenEndpointAuthMethod = ClientAuthMethod.PrivateKeyJwt;
            return false;
        }
        definition.Secrets = kept.Count > 0 ? kept : null;
        return kept.Count == 0;
    }

    private static void AddUnread(SourceObject client, List<string> notes)
    {
        if (client.Flag("RequirePkce") == false)
            notes.Add(
                "RequirePkce: false is not carried over; set AllowNonceInsteadOfPkce if the client knows no PKCE."
            );
        if (client.Text("RefreshTokenUsage") is "0" or "ReUse")
            notes.Add("RefreshTokenUsage: refresh tokens always rotate.");
        client.Ignore(
            "Id",
            "Created",
            "Updated",
            "LastAccessed",
            "NonEditable",
            "ProtocolType",
            "AllowRememberConsent"
        );
        client.Ignore("RefreshTokenExpiration", "IncludeJwtId", "EnableLocalLogin", "AllowAccessTokensViaBrowser");
        client.Ignore("UpdateAccessTokenClaimsOnRefresh", "ClientClaimsPrefix", "Description", "DPoPValidationMode");
        client.Ignore("DPoPClockSkew", "AllowPlainTextPkce");
        notes.AddRange(client.Unread().Select(static name => $"{name}: not carried over."));
    }
}
