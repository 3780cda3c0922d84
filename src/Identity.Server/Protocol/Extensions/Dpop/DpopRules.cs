using System.Buffers.Text;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>The validator for this provider's endpoints: which URI a proof must name, and how to answer an
/// outcome.</summary>
internal sealed class DpopRules(
    DpopValidator validator,
    DpopNonces nonces,
    Issuer issuer,
    IOptions<DpopOptions> options
)
{
    /// <summary>The header with a proof, and the one with a server nonce.</summary>
    public const string ProofHeader = "DPoP";
    public const string NonceHeader = "DPoP-Nonce";

    /// <summary>The scheme of Authorization and WWW-Authenticate (RFC 9449 section 7.1).</summary>
    public const string Scheme = "DPoP";

    /// <summary>The parameter that binds a code to a key (section 10).</summary>
    public const string KeyParameter = "dpop_jkt";

    public const string InvalidProof = "invalid_dpop_proof";
    public const string UseNonce = "use_dpop_nonce";

    /// <summary>For <c>algs</c> and <c>dpop_signing_alg_values_supported</c>.</summary>
    public static IReadOnlyList<string> Algorithms => PublicJwk.Algorithms;

    /// <summary>Checks the proof of a request to an endpoint of this provider. One command, and none without a
    /// proof.</summary>
    /// <param name="endpoint">One of <see cref="EndpointPaths"/>.</param>
    /// <param name="accessToken">The presented token, at a resource.</param>
    public async Task<DpopOutcome> CheckAsync(
        HttpContext http,
        string endpoint,
        DpopExpectation expectation,
        string? accessToken = null
    )
    {
        DpopRequest request = new(
            http.Request.Method,
            new Uri(issuer.UrlOf(endpoint)),
            accessToken,
            options.Value.RequireNonce
        );
        var outcome = await validator.ValidateAsync(
            http.Request.Headers[ProofHeader],
            request,
            expectation,
            http.RequestAborted
        );
        // A successful client gets the next nonce with the answer, so that it is not refused later (section 8.2).
        if (outcome is DpopOutcome.NonceNeeded needed)
            http.Response.Headers[NonceHeader] = needed.Nonce;
        else if (outcome is DpopOutcome.Bound && options.Value.RequireNonce)
            http.Response.Headers[NonceHeader] = nonces.Issue();
        return outcome;
    }

    /// <summary>At the pushed authorization request endpoint (section 10.1): a proof there binds the code as
    /// <c>dpop_jkt</c> does; if both are sent, they must match.</summary>
    /// <returns><see cref="DpopOutcome.Bound"/> with the thumbprint to store as <c>dpop_jkt</c> of the request; <see
    /// cref="DpopOutcome.Absent"/> leaves the parameter unchanged.</returns>
    public async Task<DpopOutcome> CheckPushedAsync(HttpContext http, string endpoint, string? dpopJkt) =>
        http.Request.Headers[ProofHeader].Count == 0
            ? new DpopOutcome.Absent()
            : await CheckAsync(http, endpoint, new DpopExpectation(Required: false, dpopJkt));

    /// <summary>At the token endpoint (section 5).</summary>
    public Task<DpopOutcome> CheckTokenRequestAsync(HttpContext http, Client client) =>
        CheckAsync(
            http,
            EndpointPaths.Token,
            new DpopExpectation(client.DpopBoundAccessTokens, ExpectedThumbprint: null)
        );

    /// <summary>Whether a text can be a thumbprint of a key (RFC 7638): a SHA-256 in base64url.</summary>
    public static bool IsThumbprint(string text) =>
        text.Length == 43 && Base64Url.IsValid(text, out var bytes) && bytes == 32;
}
