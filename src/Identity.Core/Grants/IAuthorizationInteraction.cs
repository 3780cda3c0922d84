namespace Identity.Core.Grants;

/// <summary>
/// How the pages learn what an authorization request asks of the person, and answer it, without knowing the protocol:
/// they are handed a return URL, and give it back.
/// </summary>
public interface IAuthorizationInteraction
{
    /// <summary>The request behind a return URL; null when it is not a valid, local authorization request (an ordinary
    /// page, or something forged).</summary>
    Task<AuthorizationContext?> ReadAsync(string? returnUrl, CancellationToken cancellationToken);

    /// <summary>A local URL which makes the authorize endpoint answer the client with <paramref name="error"/>, such as
    /// <c>access_denied</c>. Good for 5 minutes, for this request only.</summary>
    string Deny(string returnUrl, string error);

    /// <summary>A local URL which tells the authorize endpoint that the person chose to go on as who is signed in
    /// (prompt=select_account). Good for 5 minutes, this request and this session.</summary>
    string ChooseAccount(string returnUrl, Guid sessionId);
}

/// <summary>What a page may show of an authorization request, and must heed.</summary>
public sealed record AuthorizationContext
{
    public required string ClientId { get; init; }
    public required string ClientName { get; init; }
    public Uri? LogoUri { get; init; }
    public Uri? ClientUri { get; init; }
    public Uri? PolicyUri { get; init; }
    public Uri? TosUri { get; init; }

    /// <summary>Where the answer will go: the page shows its host, and allows forms to lead there (WB-4).</summary>
    public required string RedirectUri { get; init; }
    public required IReadOnlyList<RequestedScope> Scopes { get; init; }

    /// <summary>For how long the client may go on without the person: zero without offline access (OA-9).</summary>
    public required TimeSpan GrantLifetime { get; init; }
    public string? LoginHint { get; init; }
    public required IReadOnlyList<string> Prompt { get; init; }
    public required IReadOnlyList<string> AcrValues { get; init; }
    public TimeSpan? MaxAge { get; init; }
    public required IReadOnlyList<string> UiLocales { get; init; }
    public string? Display { get; init; }

    /// <summary>What is asked for in detail (RFC 9396), as JSON: to be handed to <see cref="ConsentStore.GrantAsync"/>
    /// as it is.</summary>
    public string? AuthorizationDetails { get; init; }

    /// <summary>The same for a person to read, one line an object. Holds what the client sent: plain text.</summary>
    public IReadOnlyList<string> AuthorizationDetailsInWords { get; init; } = [];
}

/// <param name="DisplayName">From the configuration; null for the standard scopes, whose texts are the page's.</param>
public sealed record RequestedScope(string Name, string? DisplayName, string? Description);

/// <summary>Why a request could not be answered to the client and is shown to the person instead: set as a feature of
/// the HTTP request for the error page.</summary>
/// <param name="Error">The protocol's word, such as <c>invalid_request</c>.</param>
/// <param name="Description">For the developer of the client. Holds nothing that the sender typed.</param>
public sealed record ProtocolError(string Error, string? Description);
