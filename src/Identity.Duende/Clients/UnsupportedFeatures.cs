using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Registration;

namespace Identity.DuendeHost.Clients;

// Clients owns the view that Duende has of this provider's clients: who they are, how they authenticate, and what this
// host does not offer them.

/// <summary>What this host does not support: refused at the start where the configuration asks for it, and never done
/// half. docs: src/Identity.Duende/README.md.</summary>
internal static class UnsupportedFeatures
{
    private const string Instead = "is not supported by the host on Duende IdentityServer; run the other engine.";

    /// <summary>The faults of a configuration, each with its setting.</summary>
    public static IEnumerable<string> Of(IConfiguration configuration)
    {
        foreach (
            var setting in new[]
            {
                $"{GrantOptions.Section}:{nameof(GrantOptions.TokenExchange)}",
                $"{GrantOptions.Section}:{nameof(GrantOptions.BackchannelAuthentication)}",
                $"{RegistrationOptions.Section}:{nameof(RegistrationOptions.Enabled)}",
                $"{ClientDocumentOptions.Section}:{nameof(ClientDocumentOptions.Enabled)}",
                $"{MutualTlsOptions.Section}:{nameof(MutualTlsOptions.AcceptCertificates)}",
            }
        )
        {
            if (configuration.GetValue(setting, false))
                yield return $"{setting}: {Instead}";
        }
        if (
            configuration[$"{MutualTlsOptions.Section}:{nameof(MutualTlsOptions.CertificateHeader)}"] is { Length: > 0 }
        )
            yield return $"{MutualTlsOptions.Section}:{nameof(MutualTlsOptions.CertificateHeader)}: {Instead}";
        if (configuration.GetSection($"{AuthorizationDetailsOptions.Section}:Types").GetChildren().Any())
            yield return $"{AuthorizationDetailsOptions.Section}:Types: {Instead}";
        foreach (var client in ClientRegistry.Configured(configuration))
        {
            foreach (var feature in Of(client))
                yield return $"Identity:Clients:{client.Id}: {feature} {Instead}";
        }
    }

    /// <summary>What a client is registered for and would not get here. A client with any of these is not
    /// served.</summary>
    public static IEnumerable<string> Of(Client client)
    {
        if (client.Profile == ClientProfile.Fapi2)
            yield return "The profile Fapi2";
        if (client.RequireSignedRequestObject || client.Protocols.RequestObjectSigningAlg is not null)
            yield return "A signed request object (RFC 9101)";
        if (client.Protocols.UserinfoSignedResponseAlg is not null)
            yield return "Signed userinfo";
        if (client.Protocols.IdTokenEncryptedResponseAlg is not null)
            yield return "An encrypted ID token";
        if (client.Protocols.AuthorizationDetailsTypes.Count > 0)
            yield return "authorization_details (RFC 9396)";
        if (client.Protocols.TokenExchange is not null || client.GrantTypes.Contains(ClientGrantType.TokenExchange))
            yield return "Token exchange (RFC 8693)";
        if (client.GrantTypes.Contains(ClientGrantType.Ciba))
            yield return "CIBA";
        if (client.TlsClientCertificateBoundAccessTokens || client.AuthMethods.Any(IsByCertificate))
            yield return "Mutual TLS (RFC 8705)";
        if (client.ResponseModes.Any(IsSigned))
            yield return "A signed authorization response (JARM)";
    }

    private static bool IsByCertificate(string method) =>
        method is ClientAuthMethod.TlsClientAuth or ClientAuthMethod.SelfSignedTlsClientAuth;

    private static bool IsSigned(string mode) => mode.EndsWith("jwt", StringComparison.Ordinal);
}
