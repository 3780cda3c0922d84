using System.Text.Json;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Certificates;

/// <summary>A certificate-bound access token works at userinfo only over a connection with that certificate (RFC 8705
/// section 3).</summary>
internal sealed class RequireBoundCertificate : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        if (ThumbprintOf(context.AccessTokenPrincipal?.GetClaim("cnf")) is not { } thumbprint)
            return ValueTask.CompletedTask;
        if (
            context.Transaction.RemoteCertificate is not { } certificate
            || !TlsClientRules.IsBoundTo(thumbprint, certificate)
        )
        {
            context.Deny(
                new(
                    nameof(RequireBoundCertificate),
                    Errors.InvalidToken,
                    "The access token is bound to another certificate.",
                    "the certificate of the token",
                    context.Transaction.RemoteCertificate is null ? "none" : "another"
                )
            );
        }
        return ValueTask.CompletedTask;
    }

    private static string? ThumbprintOf(string? confirmation) =>
        confirmation is not null
        && JsonElement.Parse(confirmation) is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty(ProvenKey.CertificateMember, out var thumbprint)
            ? thumbprint.GetString()
            : null;
}
