using System.Text.Json.Nodes;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Protocol.Registration;

/// <summary>The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3): everything that was
/// registered, in the RFC's names.</summary>
internal static class RegistrationResponse
{
    // Members of a definition that are not client metadata or have another name.
    private static readonly string[] NotMetadata =
    [
        "profile",
        "name",
        "secret",
        "secrets",
        "scopes",
        "jwks",
        "require_consent",
        "cors_origins",
        "resources",
        "token_exchange",
        "private_schemes",
    ];

    /// <param name="token">The current registration access token.</param>
    public static JsonObject Write(RegistrationOutcome.Stands client, string token, Issuer issuer)
    {
        var definition = client.Definition;
        var json = (JsonObject)JsonNode.Parse(definition.ToJson())!;
        foreach (var name in NotMetadata)
            json.Remove(name);
        json["client_id"] = client.ClientId;
        if (client.Secret is { } secret)
        {
            json["client_secret"] = secret;
            json["client_secret_expires_at"] = 0;
        }
        if (definition.Name is { } display)
            json["client_name"] = display;
        if (definition.Jwks is { } jwks)
            json["jwks"] = JsonNode.Parse(jwks);
        json["application_type"] = definition.Profile == ClientProfile.Native ? "native" : "web";
        json["scope"] = string.Join(' ', definition.Scopes ?? []);
        json["response_types"] =
            definition.GrantTypes?.Contains("authorization_code") == true ? new JsonArray("code") : [];
        json["registration_access_token"] = token;
        json["registration_client_uri"] = issuer.UrlOf(
            $"{EndpointPaths.Registration}/{Uri.EscapeDataString(client.ClientId)}"
        );
        return json;
    }
}
