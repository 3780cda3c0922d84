using System.Collections.Concurrent;
using System.Net;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary> The metadata documents that this instance fetched. Each is kept as long as its host allows, within bounds;
/// errors and invalid documents are never kept (section 5.2). A stranger decides what is fetched, so the fetches of an
/// address and of all are limited, one document is fetched once at a time, and only so many are kept.
/// </summary>
internal sealed class ClientDocuments(
    IOptions<ClientDocumentOptions> options,
    ClientDocumentFetcher fetcher,
    WriteLimiter limiter,
    IHostEnvironment environment,
    TimeProvider time,
    ILogger<ClientDocuments> logger
) : IClientDocuments
{
    internal const int MaxKept = 1_000;

    internal static readonly TimeSpan MinFresh = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan UsualFresh = TimeSpan.FromMinutes(15);
    internal static readonly TimeSpan MaxFresh = TimeSpan.FromHours(24);

    /// <summary>How long a document serves running grants after its host was reached last.</summary>
    internal static readonly TimeSpan MaxAge = TimeSpan.FromHours(48);

    /// <summary>How long a host that could not be reached is not asked again for running grants.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Fetches that one address may cause.</summary>
    internal static readonly WriteLimit PerAddress = new(30, TimeSpan.FromSeconds(2));

    /// <summary>Fetches that all may cause.</summary>
    internal static readonly WriteLimit InAll = new(300, TimeSpan.FromSeconds(0.2));

    private const string Kind = "client_document";

    private readonly RegistrationRules _rules = options.Value.Rules;
    private readonly ConcurrentDictionary<string, KeptDocument> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<ClientDocumentFetch>>> _underway = new(
        StringComparer.Ordinal
    );

    public bool Includes(string clientId) => UrlOf(clientId) is not null;

    public Client? Find(string clientId, ClientCatalog catalog) =>
        _kept.TryGetValue(clientId, out var kept) && kept.FetchedAt + MaxAge > time.GetUtcNow()
            ? kept.ClientIn(catalog, _rules)
            : null;

    public async ValueTask<ClientDocumentResult> ResolveAsync(
        string clientId,
        ClientCatalog catalog,
        IPAddress? from,
        bool isNew,
        CancellationToken cancellationToken
    )
    {
        if (UrlOf(clientId) is not { } url)
            return new ClientDocumentResult.Refused("The client is unknown.", "no URL of an allowed host");
        if (
            _kept.TryGetValue(clientId, out var kept)
            && kept.IsGood(time.GetUtcNow(), isNew)
            && kept.Use(time).ClientIn(catalog, _rules) is { } fresh
        )
            return new ClientDocumentResult.Described(fresh);
        var last = isNew ? null : Find(clientId, catalog);
        if (!_underway.ContainsKey(clientId) && Take(from) is { } pause)
            return last is null ? new ClientDocumentResult.TooMany(pause) : new ClientDocumentResult.Described(last);
        return await FetchOnceAsync(url).WaitAsync(cancellationToken) switch
        {
            ClientDocumentFetch.Fetched fetched => Keep(url, fetched, catalog),
            ClientDocumentFetch.NoDocument none => Drop(url, "The metadata document was not found.", none.Reason),
            ClientDocumentFetch.Unreachable when last is not null && kept is not null => KeepOn(kept, last),
            ClientDocumentFetch.Unreachable failed => Refuse(
                url,
                "The metadata document could not be fetched.",
                failed.Reason
            ),
            _ => throw new InvalidOperationException("A fetch has three outcomes."),
        };
    }

    private Uri? UrlOf(string clientId) =>
        options.Value.Enabled
        && ClientDocumentUrl.Parse(clientId, environment.IsDevelopment()) is { } url
        && ClientDocumentUrl.IsAllowed(url, options.Value.AllowedHosts)
            ? url
            : null;

    private TimeSpan? Take(IPAddress? from) =>
        (from is null ? null : limiter.TryTake(Kind, from, null, PerAddress))
        ?? limiter.TryTake(Kind, null, null, InAll);

    // Whoever asks first fetches; the others wait for the same answer. It does not end with the request of one of them.
    private async Task<ClientDocumentFetch> FetchOnceAsync(Uri url)
    {
        var mine = _underway.GetOrAdd(url.AbsoluteUri, _ => new(() => fetcher.FetchAsync(url)));
        try
        {
            return await mine.Value;
        }
        finally
        {
            _underway.TryRemove(KeyValuePair.Create(url.AbsoluteUri, mine));
        }
    }

    private ClientDocumentResult Keep(Uri url, ClientDocumentFetch.Fetched fetched, ClientCatalog catalog)
    {
        var reading = ClientDocumentReader.Read(url, fetched.Body, _rules, catalog);
        if (reading is ClientDocumentReading.Invalid { Fault: var fault })
            return Drop(url, "The metadata document is invalid: " + fault, fault);
        var client = ((ClientDocumentReading.Valid)reading).Client;
        var now = time.GetUtcNow();
        var fresh = fetched.MaxAge ?? UsualFresh;
        _kept[url.AbsoluteUri] = new(
            url,
            fetched.Body,
            now,
            now
                + (
                    fresh < MinFresh ? MinFresh
                    : fresh > MaxFresh ? MaxFresh
                    : fresh
                ),
            catalog,
            client
        );
        MakeRoom();
        return new ClientDocumentResult.Described(client);
    }

    private ClientDocumentResult.Described KeepOn(KeptDocument kept, Client last)
    {
        var (paused, tooOld) = (time.GetUtcNow() + Pause, kept.FetchedAt + MaxAge);
        kept.Rest(paused < tooOld ? paused : tooOld);
        return new(last);
    }

    private void MakeRoom()
    {
        while (_kept.Count > MaxKept && _kept.MinBy(static kept => kept.Value.UsedAt) is { Key: { } oldest })
            _kept.TryRemove(oldest, out _);
    }

    private ClientDocumentResult.Refused Drop(Uri url, string description, string reason)
    {
        _kept.TryRemove(url.AbsoluteUri, out _);
        return Refuse(url, description, reason);
    }

    // The origin alone goes to the log: the path is a stranger's text.
    private ClientDocumentResult.Refused Refuse(Uri url, string description, string reason)
    {
        Log.DocumentRefused(logger, WebOrigin.Of(url) ?? "a host", reason);
        return new(description, reason);
    }
}
