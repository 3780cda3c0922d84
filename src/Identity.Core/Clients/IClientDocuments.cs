using System.Net;

namespace Identity.Core.Clients;

/// <summary>The outcome of looking up a client that is known by the URL of its metadata document alone.</summary>
public abstract record ClientDocumentResult
{
    private ClientDocumentResult() { }

    /// <summary>The document describes a client that may be used.</summary>
    public sealed record Described(Client Client) : ClientDocumentResult;

    /// <summary>There is no usable document.</summary>
    /// <param name="Description">For the developer of the client. Says nothing about the network.</param>
    /// <param name="Reason">For the operator.</param>
    public sealed record Refused(string Description, string Reason) : ClientDocumentResult;

    /// <summary>Too many documents were asked for.</summary>
    public sealed record TooMany(TimeSpan RetryAfter) : ClientDocumentResult;
}

/// <summary>Clients that nobody registered: their id is the URL of a document that describes them
/// (draft-ietf-oauth-client-id-metadata-document). Nothing of them is stored; each instance keeps the documents that
/// it fetched in memory.</summary>
public interface IClientDocuments
{
    /// <summary>Whether the id is such a URL, and its host is allowed.</summary>
    bool Includes(string clientId);

    /// <summary>The client as it was described last, from memory alone; null if its document is not kept.</summary>
    Client? Find(string clientId, ClientCatalog catalog);

    /// <summary>The client, fetched where that is necessary.</summary>
    /// <param name="from">Who makes the provider ask, for the limits; null if no address is known.</param>
    /// <param name="isNew">Whether a person will be asked about it: then the document must be current. Otherwise the
    /// last one is enough while its host cannot be reached.</param>
    ValueTask<ClientDocumentResult> ResolveAsync(
        string clientId,
        ClientCatalog catalog,
        IPAddress? from,
        bool isNew,
        CancellationToken cancellationToken
    );
}
