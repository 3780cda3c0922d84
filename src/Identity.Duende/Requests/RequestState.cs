using Duende.IdentityServer.Validation;
using Identity.Core.Grants;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.Extensions.Primitives;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Requests;

// Requests owns what Duende's interfaces cannot hand to each other within one request, and the checks in front of its
// endpoints.

/// <summary>What the adapters know of one request. Duende asks them one after another and passes on only its own
/// types.</summary>
internal sealed class RequestState
{
    /// <summary>The client that authenticated, or null.</summary>
    public CoreClient? Client { get; set; }

    /// <summary>The outcome of client authentication: asked once a request.</summary>
    public ClientSecretValidationResult? Authentication { get; set; }

    /// <summary>The key whose possession the request proved.</summary>
    public ProvenKey? Key { get; set; }

    /// <summary>What the token endpoint hands out.</summary>
    public TokenIssuance? Issuance { get; set; }

    /// <summary>Why a rule of this provider refused; it replaces Duende's answer.</summary>
    public Denial? Denial { get; set; }

    /// <summary>How long the sender must wait, for a refusal with 429.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>The verified <c>id_token_hint</c> of an authorization request.</summary>
    public IdTokenHint? Hint { get; set; }

    /// <summary>The code that the authorization request got.</summary>
    public AuthorizationOutcome.Issued? Issued { get; set; }

    /// <summary>The stored request behind a <c>request_uri</c>: the name under which it continues.</summary>
    public string? StoredRequest { get; set; }

    /// <summary>The parameters of the URL with which a person returns to the request.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>>? Url { get; set; }

    /// <summary>The access token as it was presented, and whether under the scheme DPoP.</summary>
    public string? PresentedToken { get; set; }
    public bool UnderDpop { get; set; }

    /// <summary>Whether the presented access token is bound to a key.</summary>
    public bool NeedsProof { get; set; }

    /// <summary>The state of the presented access token.</summary>
    public AccessTokenState? TokenState { get; set; }

    /// <summary>Redacted.</summary>
    public override string ToString() => $"RequestState {Client?.Id}";
}
