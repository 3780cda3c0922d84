using Identity.Core.Clients;
using Identity.Server.Protocol.Denials;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary> <c>tls_client_auth</c> and <c>self_signed_tls_client_auth</c> (RFC 8705 section 2). The engine accepts a
/// certificate as the only credential of a confidential client, whatever it registered: a client that registered
/// another method has proved nothing.
/// </summary>
internal sealed class AuthenticateByCertificate(
    ClientRegistry registry,
    TlsClientRules rules,
    CertificateAuthorities authorities
) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        // Clients do not authenticate at endpoints that accept no assertion.
        if (!context.ExtractClientAssertion || registry.Find(context.ClientId) is not { IsConfidential: true } client)
            return;
        if (!string.IsNullOrEmpty(context.ClientSecret) || context.ClientAssertionPrincipal is not null)
            return;

        var byAuthority = client.AuthMethods.Contains(ClientAuthMethod.TlsClientAuth);
        if (!byAuthority && !client.AuthMethods.Contains(ClientAuthMethod.SelfSignedTlsClientAuth))
        {
            Refuse(context, string.Join(' ', client.AuthMethods), "a certificate, or nothing");
            return;
        }
        if (context.Transaction.RemoteCertificate is not { } certificate)
        {
            Refuse(context, "a certificate", "none");
            return;
        }

        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        if (
            (
                await rules.CheckAsync(client, certificate, cancellation)
                ?? (byAuthority ? authorities.Problem(certificate) : null)
            ) is
            { } problem
        )
            Refuse(context, "the client's certificate", problem);
    }

    private static void Refuse(ProcessAuthenticationContext context, string expected, string received) =>
        context.Deny(
            new(
                nameof(AuthenticateByCertificate),
                Errors.InvalidClient,
                "The client must authenticate.",
                expected,
                received
            )
        );
}
