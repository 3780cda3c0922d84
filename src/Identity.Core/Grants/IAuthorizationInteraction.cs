using System.Net;

namespace Identity.Core.Grants;

/// <summary> Lets the pages read and answer an authorization request without knowing the protocol: they receive a
/// return URL and give it back.
/// </summary>
public interface IAuthorizationInteraction
{
    /// <summary>The request behind a return URL; null when it is not a valid, local authorization request (an ordinary
    /// page, or a forged one).</summary>
    /// <param name="from">Who opens the page: a client may have to be looked up elsewhere, which is limited.</param>
    Task<AuthorizationContext?> ReadAsync(string? returnUrl, IPAddress? from, CancellationToken cancellationToken);

    /// <summary>A local URL that makes the authorize endpoint answer the client with <paramref name="error"/>, such as
    /// <c>access_denied</c>. Valid for 5 minutes and this request only.</summary>
    string Deny(string returnUrl, string error);

    /// <summary>A local URL that tells the authorize endpoint that the person chose the signed-in account
    /// (prompt=select_account). Valid for 5 minutes, this request and this session.</summary>
    string ChooseAccount(string returnUrl, Guid sessionId);

    /// <summary>A local URL that tells the authorize endpoint which session's person allowed the request on the consent
    /// page. Valid for 30 minutes, this request and this session.</summary>
    string Allow(string returnUrl, Guid sessionId);
}

/// <summary>What a page may show of an authorization request and must respect.</summary>
public sealed record AuthorizationContext
{
    public required string ClientId { get; init; }
    public required string ClientName { get; init; }

    /// <summary>The host that alone vouches for the client, whose name and addresses come from a metadata document
    /// there; null for a registered client.</summary>
    public string? DocumentHost { get; init; }
    public Uri? LogoUri { get; init; }
    public Uri? ClientUri { get; init; }
    public Uri? PolicyUri { get; init; }
    public Uri? TosUri { get; init; }

    /// <summary>The look that the client has.</summary>
    public string? Theme { get; init; }

    /// <summary>The target of the answer: the page shows its host and allows form submissions to redirect there
    /// (WB-4).</summary>
    public required string RedirectUri { get; init; }
    public required IReadOnlyList<RequestedScope> Scopes { get; init; }

    /// <summary>How long the client may act without the person: zero without offline access (OA-9).</summary>
    public required TimeSpan GrantLifetime { get; init; }
    public string? LoginHint { get; init; }
    public required IReadOnlyList<string> Prompt { get; init; }
    public required IReadOnlyList<string> AcrValues { get; init; }
    public TimeSpan? MaxAge { get; init; }
    public required IReadOnlyList<string> UiLocales { get; init; }
    public string? Display { get; init; }

    /// <summary>The authorization details (RFC 9396) as JSON, to be passed unchanged to <see
    /// cref="ConsentStore.GrantAsync"/>.</summary>
    public string? AuthorizationDetails { get; init; }

    /// <summary>The same as text for a person, one line per object. Contains what the client sent, so it must be shown
    /// as plain text.</summary>
    public IReadOnlyList<string> AuthorizationDetailsInWords { get; init; } = [];
}

/// <param name="DisplayName">From the configuration; null for the standard scopes, whose texts the page has.</param>
public sealed record RequestedScope(string Name, string? DisplayName, string? Description);

/// <summary>An error that cannot be returned to the client and is shown to the person instead; a feature of the HTTP
/// request for the error page.</summary>
/// <param name="Error">The protocol's error code, such as <c>invalid_request</c>.</param>
/// <param name="Description">For the developer of the client. Contains nothing from the request.</param>
public sealed record ProtocolError(string Error, string? Description);
