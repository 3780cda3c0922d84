using System.Text.Json;
using Identity.Core.Grants;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Extensions.Par;

// Par owns authorization requests that a client pushes ahead (RFC 9126): stored for 60 seconds, bound to the client,
// begun once. Authorize checks their parameters when they are pushed and again when they are used.

/// <summary> Pushed requests, in two stages. The <c>request_uri</c> that the client holds begins a request once, within
/// 60 seconds (OA-8). A begun request continues under a name that only this browser's return URL carries, for as long
/// as a sign-in may take, and is completed once, when an answer is sent. Until then, the same <c>request_uri</c> leads
/// the same browser back to it, because people reload pages (RFC 9126 section 4).
/// </summary>
internal sealed class PushedRequests(IPersistedGrantStore grants, BegunRequestStore begun)
{
    /// <summary>The prefix of a <c>request_uri</c> (RFC 9126 section 2.2).</summary>
    public const string Prefix = "urn:ietf:params:oauth:request_uri:";

    /// <summary>The lifetime of the client's <c>request_uri</c>: <c>expires_in</c>.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long the person may take.</summary>
    public static readonly TimeSpan InteractionLifetime = TimeSpan.FromMinutes(30);

    private const string BegunPrefix = "urn:identity:request:";

    /// <summary>The maximum number of characters stored of a request. The longest legitimate one has two JSON
    /// parameters of 8 KB, an ID token and a state.</summary>
    public const int MaxCharacters = 24 * 1024;

    /// <summary>The same for a client that cannot authenticate.</summary>
    public const int MaxPublicCharacters = 8 * 1024;

    // The parameters that the authorize endpoint reads: those of OAuth 2.0, OpenID Connect Core, RFC 7636, 8707, 9396,
    // 9449 and related specifications. Everything else is ignored (RFC 6749 section 3.1) and not stored.
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

    /// <summary>Whether the stored part of the request is short enough.</summary>
    public static bool IsShortEnough(IEnumerable<KeyValuePair<string, string>> parameters, int maxCharacters) =>
        Kept(parameters).Sum(static parameter => parameter.Key.Length + parameter.Value.Length) <= maxCharacters;

    /// <summary>Whether a <c>request_uri</c> is of a supported kind (never one to be fetched: RFC 9101 only by value or
    /// by PAR).</summary>
    public static bool IsOurs(string requestUri) =>
        requestUri.StartsWith(Prefix, StringComparison.Ordinal)
        || requestUri.StartsWith(BegunPrefix, StringComparison.Ordinal);

    /// <summary>Begins a request that came as a signed object by value (RFC 9101), so that it too is answered once and
    /// the person may take longer than the object is valid. Returns the name under which it continues.</summary>
    public async Task<string> BeginAsync(
        string clientId,
        IEnumerable<KeyValuePair<string, string>> parameters,
        CancellationToken cancellationToken
    ) =>
        BegunPrefix
        + (await begun.BeginAsync(clientId, Write(Kept(parameters)), InteractionLifetime, cancellationToken)).Value;

    /// <summary>Stores the parameters of an authenticated client. Returns the <c>request_uri</c>.</summary>
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

    /// <summary>The parameters behind a <c>request_uri</c> of this client, in any stage; null if it is unknown, another
    /// client's, another browser's, answered or expired.</summary>
    /// <remarks>Of any number of browsers at once, one begins the request. The second value is the name under which it
    /// continues.</remarks>
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
        // A browser that lost a race against itself finds the request that it has begun.
        var parameters =
            await BeginPushedAsync(token, name, clientId, cancellationToken)
            ?? await begun.FindAsync(name, clientId, cancellationToken);
        return parameters is null ? null : (Read(parameters), BegunPrefix + name.Value);
    }

    /// <summary>The parameters of a begun request; null for any other. For the pages, which read a request and must not
    /// begin one.</summary>
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

    /// <summary>Completes the request when an answer is sent. False if another answer was first, so that one pushed
    /// request never yields two codes.</summary>
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

    // Stored encrypted, because a request may contain a login_hint or transaction details.
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
