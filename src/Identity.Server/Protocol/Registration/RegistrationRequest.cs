using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Registration;

// Registration owns clients that register themselves (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration
// 1.0): what metadata means, what it may not ask for,
// and the tokens that allow it. What a client is stays with Core.Clients, which judges the result again.

/// <summary>Client metadata, read.</summary>
internal abstract record RegistrationRequest
{
    internal sealed record Valid(ClientDefinition Definition) : RegistrationRequest;

    /// <summary>An error of RFC 7591 section 3.2.2. The description names metadata, never what was sent.</summary>
    internal sealed record Invalid(string Error, string Description) : RegistrationRequest;

    private const int MostBytes = 32 * 1024;
    private const int MostItems = 20;
    private const int MostCharacters = 2000;
    private const int MaxDepth = 12;

    /// <summary>Reads metadata. Members that are not known are passed over (RFC 7591 section 2); what is known and
    /// wrong refuses the registration.</summary>
    public static RegistrationRequest Read(ReadOnlyMemory<byte> body, RegistrationOptions options)
    {
        if (body.Length > MostBytes)
            return Metadata("The metadata is too long.");
        using var document = UntrustedJson.Read(body, MaxDepth);
        if (document is null)
            return Metadata("The metadata is not JSON, or holds text that cannot be stored.");
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return Metadata("The metadata is not a JSON object.");
        try
        {
            return Read(document.RootElement, options);
        }
        catch (MalformedMetadataException malformed)
        {
            return malformed.Name == "redirect_uris"
                ? new Invalid("invalid_redirect_uri", "redirect_uris has the wrong form.")
                : Metadata($"{malformed.Name} has the wrong form.");
        }
    }

    private static RegistrationRequest Read(JsonElement json, RegistrationOptions options)
    {
        if (json.TryGetProperty("software_statement", out _))
            return new Invalid("invalid_software_statement", "Software statements are not taken.");
        if (Texts(json, "response_types") is { } responses && !responses.All(static type => type == "code"))
            return Metadata("response_types may be code only.");
        var grants = Texts(json, "grant_types") ?? ["authorization_code"];
        if (!grants.All(options.EffectiveGrantTypes.Contains))
            return Metadata("grant_types names one that is not allowed.");
        if (Text(json, "application_type") is not (null or "web" or "native"))
            return Metadata("application_type is neither web nor native.");
        if (json.TryGetProperty("jwks", out _) && json.TryGetProperty("jwks_uri", out _))
            return Metadata("jwks and jwks_uri exclude each other.");
        if (
            Text(json, "request_object_encryption_alg") is not null
            || Text(json, "userinfo_encrypted_response_alg") is not null
        )
            return Metadata("Encryption is supported for ID tokens only.");

        var method = Text(json, "token_endpoint_auth_method") ?? ClientAuthMethod.SecretBasic;
        var refresh = grants.Contains("refresh_token");
        var asked =
            Text(json, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [.. options.EffectiveScopes];
        var scopes = asked
            .Where(options.EffectiveScopes.Contains)
            .Where(scope => scope != "offline_access")
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (refresh)
            scopes.Add("offline_access");
        return new Valid(
            new ClientDefinition
            {
                Profile =
                    method != ClientAuthMethod.None ? ClientProfile.Web
                    : Text(json, "application_type") == "native" ? ClientProfile.Native
                    : ClientProfile.Spa,
                // Nobody vouches for it: the person is asked, always.
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
                RedirectUris = Texts(json, "redirect_uris"),
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

    private static Invalid Metadata(string description) => new("invalid_client_metadata", description);

    private static string? Text(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return
            value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 and <= MostCharacters } text
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
            || value.GetArrayLength() > MostItems
            || !value
                .EnumerateArray()
                .All(static item =>
                    item.ValueKind == JsonValueKind.String
                    && item.GetString() is { Length: > 0 and <= MostCharacters } text
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
