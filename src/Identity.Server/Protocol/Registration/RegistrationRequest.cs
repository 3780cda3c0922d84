using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Registration;

// Registration owns clients that register themselves (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration
// 1.0) or are known by a metadata document: the meaning of metadata, what it may not request, the tokens that allow it,
// and the documents. Core.Clients owns clients and checks the result again.

/// <summary>Parsed client metadata.</summary>
internal abstract record RegistrationRequest
{
    internal sealed record Valid(ClientDefinition Definition) : RegistrationRequest;

    /// <summary>An error of RFC 7591 section 3.2.2. The description names the metadata and the value at
    /// fault.</summary>
    internal sealed record Invalid(string Error, string Description) : RegistrationRequest;

    private const int MaxBytes = 32 * 1024;
    private const int MaxItems = 20;
    private const int MaxCharacters = 2000;
    private const int MaxDepth = 12;

    /// <summary> Reads metadata. Unknown members are ignored (RFC 7591 section 2); known but wrong ones refuse the
    /// registration. Grant types, response types and scopes that are not offered are dropped, which the answer shows
    /// (section 3.2.1), as long as the rest is usable.
    /// </summary>
    public static RegistrationRequest Read(ReadOnlyMemory<byte> body, RegistrationRules rules)
    {
        if (body.Length > MaxBytes)
            return Metadata("The metadata is too long.");
        using var document = UntrustedJson.Read(body, MaxDepth);
        if (document is null)
            return Metadata("The metadata is not JSON, or holds text that cannot be stored.");
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return Metadata("The metadata is not a JSON object.");
        try
        {
            return Read(document.RootElement, rules);
        }
        catch (MalformedMetadataException malformed)
        {
            return malformed.Name == "redirect_uris"
                ? new Invalid("invalid_redirect_uri", "redirect_uris has the wrong form.")
                : Metadata($"{malformed.Name} has the wrong form.");
        }
    }

    private static RegistrationRequest Read(JsonElement json, RegistrationRules rules)
    {
        if (json.TryGetProperty("software_statement", out _))
            return new Invalid("invalid_software_statement", "Software statements are not taken.");
        var wanted = Texts(json, "grant_types") ?? [ClientGrantType.AuthorizationCode];
        var grants = wanted.Where(rules.GrantTypes.Contains).Distinct(StringComparer.Ordinal).ToList();
        if (grants.All(static grant => grant == ClientGrantType.RefreshToken))
            return Metadata(
                $"grant_types: '{string.Join(' ', wanted)}' has none that is offered: "
                    + $"{string.Join(' ', rules.GrantTypes)}."
            );
        if (
            grants.Contains(ClientGrantType.AuthorizationCode)
            && Texts(json, "response_types") is { } responses
            && !responses.Contains("code")
        )
            return Metadata(
                $"response_types: '{string.Join(' ', responses)}' lacks code, the only one that is offered."
            );
        if (Text(json, "application_type") is not (null or "web" or "native") and var type)
            return Metadata($"application_type: '{type}' is neither web nor native.");
        if (json.TryGetProperty("jwks", out _) && json.TryGetProperty("jwks_uri", out _))
            return Metadata("jwks and jwks_uri exclude each other.");
        if (
            Text(json, "request_object_encryption_alg") is not null
            || Text(json, "userinfo_encrypted_response_alg") is not null
        )
            return Metadata("Encryption is supported for ID tokens only.");

        var method = Text(json, "token_endpoint_auth_method") ?? rules.DefaultAuthMethod;
        var redirectUris = Texts(json, "redirect_uris");
        var profile = ProfileOf(method, Text(json, "application_type"), redirectUris ?? []);
        var refresh = grants.Contains(ClientGrantType.RefreshToken);
        var asked = Text(json, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [.. rules.Scopes];
        var scopes = asked
            .Where(rules.Scopes.Contains)
            .Where(scope => scope != "offline_access")
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (refresh)
            scopes.Add("offline_access");
        return new Valid(
            new ClientDefinition
            {
                Profile = profile,
                PrivateSchemes = profile == ClientProfile.Native ? PrivateSchemesOf(json, rules) : null,
                // No operator has reviewed it, so the person is always asked.
                RequireConsent = true,
                Name = Text(json, "client_name"),
                LogoUri = Text(json, "logo_uri"),
                ClientUri = Text(json, "client_uri"),
                PolicyUri = Text(json, "policy_uri"),
                TosUri = Text(json, "tos_uri"),
                TokenEndpointAuthMethod = method,
                TokenEndpointAuthSigningAlg = Text(json, "token_endpoint_auth_signing_alg"),
                Jwks = json.TryGetProperty("jwks", out var jwks) ? jwks.GetRawText() : null,
                JwksUri = Text(json, "jwks_uri"),
                RedirectUris = redirectUris,
                PostLogoutRedirectUris = Texts(json, "post_logout_redirect_uris"),
                GrantTypes = [.. grants],
                Scopes = scopes,
                SubjectType = Text(json, "subject_type"),
                SectorIdentifierUri = Text(json, "sector_identifier_uri"),
                IdTokenSignedResponseAlg = Text(json, "id_token_signed_response_alg"),
                IdTokenEncryptedResponseAlg = Text(json, "id_token_encrypted_response_alg"),
                IdTokenEncryptedResponseEnc = Text(json, "id_token_encrypted_response_enc"),
                UserinfoSignedResponseAlg = Text(json, "userinfo_signed_response_alg"),
                RequestObjectSigningAlg = Text(json, "request_object_signing_alg"),
                AuthorizationSignedResponseAlg = Text(json, "authorization_signed_response_alg"),
                IntrospectionSignedResponseAlg = Text(json, "introspection_signed_response_alg"),
                TlsClientAuthSubjectDn = Text(json, "tls_client_auth_subject_dn"),
                TlsClientAuthSanDns = Text(json, "tls_client_auth_san_dns"),
                TlsClientAuthSanUri = Text(json, "tls_client_auth_san_uri"),
                TlsClientAuthSanIp = Text(json, "tls_client_auth_san_ip"),
                TlsClientAuthSanEmail = Text(json, "tls_client_auth_san_email"),
                DefaultMaxAge = Number(json, "default_max_age"),
                DefaultAcrValues = Texts(json, "default_acr_values"),
                RequirePushedAuthorizationRequests = Flag(json, "require_pushed_authorization_requests"),
                RequireSignedRequestObject = Flag(json, "require_signed_request_object"),
                DpopBoundAccessTokens = Flag(json, "dpop_bound_access_tokens"),
                TlsClientCertificateBoundAccessTokens = Flag(json, "tls_client_certificate_bound_access_tokens"),
                BackchannelLogoutUri = Text(json, "backchannel_logout_uri"),
                BackchannelLogoutSessionRequired = Flag(json, "backchannel_logout_session_required"),
                FrontchannelLogoutUri = Text(json, "frontchannel_logout_uri"),
                FrontchannelLogoutSessionRequired = Flag(json, "frontchannel_logout_session_required"),
            }
        );
    }

    // A public client whose redirect URIs stay on the person's device is an installed app, whatever it claims: its
    // loopback port varies, and RFC 8252 applies. A single-page app in development uses application_type web.
    private static ClientProfile ProfileOf(string method, string? applicationType, List<string> redirectUris) =>
        method != ClientAuthMethod.None ? ClientProfile.Web
        : applicationType == "native" || redirectUris.Any(static uri => RedirectUri.PrivateSchemeOf(uri) is not null)
            ? ClientProfile.Native
        : applicationType is null && redirectUris.Any(RedirectUri.IsLoopback) ? ClientProfile.Native
        : ClientProfile.Spa;

    // Stored with the client, so that it stays valid if the operator shortens the list.
    private static List<string>? PrivateSchemesOf(JsonElement json, RegistrationRules rules) =>
        (Texts(json, "redirect_uris") ?? [])
            .Concat(Texts(json, "post_logout_redirect_uris") ?? [])
            .Select(RedirectUri.PrivateSchemeOf)
            .OfType<string>()
            .Intersect(rules.PrivateSchemes, StringComparer.OrdinalIgnoreCase)
            .ToList()
            is { Count: > 0 } schemes
            ? schemes
            : null;

    private static Invalid Metadata(string description) => new("invalid_client_metadata", description);

    private static string? Text(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return
            value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 and <= MaxCharacters } text
            && !text.Any(char.IsControl)
            ? text
            : throw new MalformedMetadataException(name);
    }

    private static List<string>? Texts(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (
            value.ValueKind != JsonValueKind.Array
            || value.GetArrayLength() > MaxItems
            || !value
                .EnumerateArray()
                .All(static item =>
                    item.ValueKind == JsonValueKind.String
                    && item.GetString() is { Length: > 0 and <= MaxCharacters } text
                    && !text.Any(char.IsControl)
                )
        )
            throw new MalformedMetadataException(name);
        return [.. value.EnumerateArray().Select(static item => item.GetString()!)];
    }

    private static bool? Flag(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw new MalformedMetadataException(name);

    private static long? Number(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw new MalformedMetadataException(name);

    private sealed class MalformedMetadataException(string name) : Exception
    {
        public string Name => name;
    }
}
