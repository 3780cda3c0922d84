using Identity.Core.Grants;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>The outcome of checking a proof.</summary>
internal abstract record DpopOutcome
{
    /// <summary>The sender holds the key with this thumbprint; issued tokens are bound to it (<c>cnf.jkt</c>, RFC 9449
    /// section 6).</summary>
    internal sealed record Bound(string Thumbprint) : DpopOutcome;

    /// <summary>There is no proof and none is needed.</summary>
    internal sealed record Absent : DpopOutcome;

    /// <summary>Answer <c>invalid_dpop_proof</c> (section 5), or <c>invalid_token</c> if <paramref name="KeyMismatch"/>
    /// says that the token is bound to another key.</summary>
    internal sealed record Refused(string Reason, bool KeyMismatch = false) : DpopOutcome;

    /// <summary>Answer <c>use_dpop_nonce</c> and send this nonce in <c>DPoP-Nonce</c> (section 8).</summary>
    internal sealed record NonceNeeded(string Nonce) : DpopOutcome;
}

/// <summary>The requirements for a proof.</summary>
/// <param name="Required">Whether the client must prove a key at all.</param>
/// <param name="ExpectedThumbprint">The key that must be proved: that of the refresh token, the code (<c>dpop_jkt</c>,
/// section 10) or the access token; null for any.</param>
internal sealed record DpopExpectation(bool Required, string? ExpectedThumbprint);

/// <summary>The complete check of a proof at an endpoint: it is read, its key is compared, and its <c>jti</c> is
/// claimed once for all instances. One command, and none without a proof.</summary>
internal sealed class DpopValidator(DpopProofReader reader, DpopNonces nonces, ReplayGuard replay)
{
    /// <param name="header">The values of the <c>DPoP</c> header; empty if it is absent.</param>
    public async Task<DpopOutcome> ValidateAsync(
        IReadOnlyList<string?> header,
        DpopRequest request,
        DpopExpectation expectation,
        CancellationToken cancellationToken
    )
    {
        if (header.Count == 0)
            return expectation.Required || expectation.ExpectedThumbprint is not null
                ? new DpopOutcome.Refused("A DPoP proof is required and missing.")
                : new DpopOutcome.Absent();
        switch (reader.Read(header, request))
        {
            case DpopProofResult.Invalid invalid:
                return new DpopOutcome.Refused(invalid.Reason);
            case DpopProofResult.NonceNeeded:
                return new DpopOutcome.NonceNeeded(nonces.Issue());
            case DpopProofResult.Valid valid:
                if (expectation.ExpectedThumbprint is { } expected && expected != valid.Thumbprint)
                    return new DpopOutcome.Refused(
                        "The proof is by another key than the one that is bound.",
                        KeyMismatch: true
                    );
                return await replay.TryClaimAsync(
                    "dpop",
                    valid.Thumbprint,
                    valid.Jti,
                    DpopProofReader.KeepJti,
                    cancellationToken
                )
                    ? new DpopOutcome.Bound(valid.Thumbprint)
                    : new DpopOutcome.Refused("The proof was used before.");
            default:
                throw new InvalidOperationException("A proof is valid, invalid or needs a nonce.");
        }
    }
}
