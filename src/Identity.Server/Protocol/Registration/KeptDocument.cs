using Identity.Core.Clients;

namespace Identity.Server.Protocol.Registration;

/// <summary>A metadata document in memory, and the client that it describes in the catalog of the moment.</summary>
internal sealed class KeptDocument(
    Uri url,
    ReadOnlyMemory<byte> body,
    DateTimeOffset fetchedAt,
    DateTimeOffset freshUntil,
    ClientCatalog catalog,
    Client client
)
{
    private volatile Reading _reading = new(catalog, client);
    private long _usedAt = fetchedAt.UtcTicks;
    private long _restsUntil;

    public DateTimeOffset FetchedAt { get; } = fetchedAt;

    private DateTimeOffset FreshUntil { get; } = freshUntil;

    /// <summary>When it was used last, in ticks of UTC.</summary>
    public long UsedAt => Volatile.Read(ref _usedAt);

    /// <summary>Its host could not be reached: it is left alone until then, as far as running grants go.</summary>
    public void Rest(DateTimeOffset until) => Volatile.Write(ref _restsUntil, until.UtcTicks);

    /// <summary>Whether it may be used without asking its host.</summary>
    /// <param name="isNew">Whether a person will be asked about it: then only a current one will do.</param>
    public bool IsGood(DateTimeOffset now, bool isNew) =>
        FreshUntil > now || (!isNew && Volatile.Read(ref _restsUntil) > now.UtcTicks);

    public KeptDocument Use(TimeProvider time)
    {
        Volatile.Write(ref _usedAt, time.GetUtcNow().UtcTicks);
        return this;
    }

    /// <summary>The client; null if it asks for something that the catalog does not have any more. The document is read
    /// again when scopes change.</summary>
    public Client? ClientIn(ClientCatalog current, RegistrationRules rules)
    {
        var reading = _reading;
        if (!ReferenceEquals(reading.Catalog.Scopes, current.Scopes))
            _reading = reading = new(
                current,
                (ClientDocumentReader.Read(url, body, rules, current) as ClientDocumentReading.Valid)?.Client
            );
        return reading.Client;
    }

    private sealed record Reading(ClientCatalog Catalog, Client? Client);
}
