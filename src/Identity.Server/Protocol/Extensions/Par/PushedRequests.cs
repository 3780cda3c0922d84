using System.Text.Json;
using Identity.Core.Grants;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Extensions.Par;

// Par owns authorization requests that a client pushes ahead (RFC 9126): kept for 60 seconds, bound to the client,
// begun once. What they ask is judged by Authorize,
// when they are pushed and again when they are used.

/// <summary>
/// Pushed requests, in two stages. The <c>request_uri</c> that the client holds begins a request once, within 60
/// seconds (OA-8). What was begun goes on under a name that only this browser's return URL carries, for as long as a
/// sign-in may take, and is finished once, when an answer leaves. Until then the same <c>request_uri</c> leads the
/// same browser back to it: people load pages again (RFC 9126 section 4).
/// </summary>
internal sealed class PushedRequests(IPersistedGrantStore grants, BegunRequestStore begun)
{
    /// <summary>What the client gets begins with this (RFC 9126 section 2.2).</summary>
    public const string Prefix = "urn:ietf:params:oauth:request_uri:";

    /// <summary>How long the client's <c>request_uri</c> is good: <c>expires_in</c>.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long the person may take.</summary>
    public static readonly TimeSpan InteractionLifetime = TimeSpan.FromMinutes(30);

    private const string BegunPrefix = "urn:identity:request:";

    /// <summary>The most characters that are kept of a request. The longest honest one has two JSON parameters of 8 KB,
    /// an ID token and a state.</summary>
    public const int MaxCharacters = 24 * 1024;

    /// <summary>The same of a client that cannot prove who it is.</summary>
    public const int MaxPublicCharacters = 8 * 1024;

    // What the authorize endpoint reads, of OAuth 2.0, OpenID Connect Core, RFC 7636, 8707, 9396, 9449 and CIBA's
    // neighbours. Everything else is ignored (RFC 6749 section 3.1), and so is not kept.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "display",
        "prompt",
        "max_age",
        "ui_locales",
        "claims_locales",
        "id_token_hint",
        "login_hint",
        "acr_values",
        "claims",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "authorization_details",
        "dpop_jkt",
    };

    /// <summary>Whether what would be kept of the request is short enough.</summary>
    public static bool IsShortEnough(IEnumerable<KeyValuePair<string, string>> parameters, int maxCharacters) =>
        Kept(parameters).Sum(static parameter => parameter.Key.Length + parameter.Value.Length) <= maxCharacters;

    /// <summary>Whether a <c>request_uri</c> is of the kind that is taken at all (never one to be fetched: RFC 9101 by
    /// value or by PAR only).</summary>
    public static bool IsOurs(string requestUri) =>
        requestUri.StartsWith(Prefix, StringComparison.Ordinal)
        || requestUri.StartsWith(BegunPrefix, StringComparison.Ordinal);

    /// <summary>Begins a request that came whole, as a signed object by value (RFC 9101), so that it too is judged once
    /// and may take the person longer than it is valid. Returns the name under which it goes on.</summary>
    public async Task<string> BeginAsync(
        string clientId,
        IEnumerable<KeyValuePair<string, string>> parameters,
        CancellationToken cancellationToken
    ) =>
        BegunPrefix
        + (await begun.BeginAsync(clientId, Write(Kept(parameters)), InteractionLifetime, cancellationToken)).Value;

    /// <summary>Keeps the parameters of an authenticated client. Returns the <c>request_uri</c>.</summary>
    public async Task<string> PushAsync(
        string clientId,
        IEnumerable<KeyValuePair<string, string>> parameters,
        CancellationToken cancellationToken
    )
    {
        var token = OpaqueToken.Create();
        await grants.StoreAsync(
            new PersistedGrant
            {
                Id = Guid.CreateVersion7(),
                Kind = GrantKind.PushedRequest,
                KeyHash = token.Digest.Value,
                ClientId = clientId,
                Payload = Write(Kept(parameters)),
            },
            Lifetime,
            cancellationToken
        );
        return Prefix + token.Value;
    }

    /// <summary>The parameters behind a <c>request_uri</c> of this client, in whatever stage; null when it is unknown,
    /// another client's, another browser's, answered or too old.</summary>
    /// <remarks>Of any number of browsers at once one begins the request. The second value is the name under which it
    /// goes on.</remarks>
    public async Task<(IReadOnlyList<KeyValuePair<string, string>> Parameters, string RequestUri)?> BeginOrResumeAsync(
        string requestUri,
        string clientId,
        RequestBrowser browser,
        CancellationToken cancellationToken
    )
    {
        if (requestUri.StartsWith(BegunPrefix, StringComparison.Ordinal))
            return await ResumeAsync(requestUri, clientId, cancellationToken) is { } running
                ? (running, requestUri)
                : null;
        if (
            !requestUri.StartsWith(Prefix, StringComparison.Ordinal)
            || !OpaqueToken.TryParse(requestUri[Prefix.Length..], out var token)
        )
            return null;
        var name = browser.NameOf(requestUri);
        // A browser that lost the race against itself finds what the winner began.
        var parameters =
            await BeginPushedAsync(token, name, clientId, cancellationToken)
            ?? await begun.FindAsync(name, clientId, cancellationToken);
        return parameters is null ? null : (Read(parameters), BegunPrefix + name.Value);
    }

    /// <summary>The parameters of a request that was begun; null for every other. For the pages, which look at a
    /// request and must not begin one.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>?> ResumeAsync(
        string requestUri,
        string clientId,
        CancellationToken cancellationToken
    ) =>
        requestUri.StartsWith(BegunPrefix, StringComparison.Ordinal)
        && OpaqueToken.TryParse(requestUri[BegunPrefix.Length..], out var token)
        && await begun.FindAsync(token, clientId, cancellationToken) is { } running
            ? Read(running)
            : null;

    /// <summary>An answer leaves: the request is over. False when another answer was first, so that one pushed request
    /// never yields two codes.</summary>
    public async Task<bool> FinishAsync(string requestUri, string clientId, CancellationToken cancellationToken) =>
        requestUri.StartsWith(BegunPrefix, StringComparison.Ordinal)
        && OpaqueToken.TryParse(requestUri[BegunPrefix.Length..], out var token)
        && await begun.FinishAsync(token, clientId, cancellationToken);

    private static KeyValuePair<string, string>[] Kept(IEnumerable<KeyValuePair<string, string>> parameters) =>
        [.. parameters.Where(static parameter => Known.Contains(parameter.Key))];

    private async Task<byte[]?> BeginPushedAsync(
        OpaqueToken pushed,
        OpaqueToken name,
        string clientId,
        CancellationToken cancellationToken
    ) =>
        await grants.FindAsync(GrantKind.PushedRequest, pushed.Digest.Value, cancellationToken)
            is { Payload: { } parameters } waiting
        && waiting.ClientId == clientId
        && await begun.BeginPushedAsync(waiting, name, InteractionLifetime, cancellationToken)
            ? parameters
            : null;

    // Encrypted where it is kept: a request may hold a login_hint or transaction details.
    private static byte[] Write(IReadOnlyList<KeyValuePair<string, string>> parameters) =>
        JsonSerializer.SerializeToUtf8Bytes(
            parameters.Select(static parameter => new[] { parameter.Key, parameter.Value })
        );

    private static List<KeyValuePair<string, string>> Read(byte[] parameters) =>
        [
            .. JsonSerializer
                .Deserialize<string[][]>(parameters)!
                .Select(static pair => KeyValuePair.Create(pair[0], pair[1])),
        ];
}
