using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary> A client that registered <c>tls_client_certificate_bound_access_tokens</c> gets only bound tokens (RFC
/// 8705 sections 3 and 3.4): the token names the key that must be used with it. A public client's refresh tokens are
/// bound too (section 4), because the grants compare the key recorded here.
/// </summary>
internal sealed class BindToCertificate(ClientRegistry registry, TimeProvider clock)
    : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (registry.Find(context.ClientId) is not { TlsClientCertificateBoundAccessTokens: true })
            return ValueTask.CompletedTask;
        if (context.Transaction.RemoteCertificate is not { } certificate)
        {
            context.Deny(
                new(
                    nameof(BindToCertificate),
                    Errors.InvalidRequest,
                    "The client's tokens are bound to a certificate, and there is none.",
                    "mutual TLS",
                    "no certificate"
                )
            );
            return ValueTask.CompletedTask;
        }
        var now = clock.GetUtcNow().UtcDateTime;
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
        {
            context.Deny(
                new(
                    nameof(BindToCertificate),
                    Errors.InvalidRequest,
                    "The certificate is not valid now.",
                    "a certificate that is valid now",
                    "another"
                )
            );
            return ValueTask.CompletedTask;
        }
        context.Transaction.SetProvenKey(new(ProvenKey.CertificateMember, TlsClientRules.Thumbprint(certificate)));
        return ValueTask.CompletedTask;
    }
}
