using System.Net;
using System.Net.Http.Headers;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Requests.Outbound;

namespace Identity.Server.Protocol.Registration;

/// <summary>The outcome of fetching a metadata document.</summary>
internal abstract record ClientDocumentFetch
{
    private ClientDocumentFetch() { }

    /// <param name="MaxAge">How long its host lets it be kept; null if it does not say.</param>
    internal sealed record Fetched(byte[] Body, TimeSpan? MaxAge) : ClientDocumentFetch;

    /// <summary>The host answered, and not with a document.</summary>
    internal sealed record NoDocument(string Reason) : ClientDocumentFetch;

    /// <summary>The host could not be asked, or has a fault of its own; it may be well again soon.</summary>
    internal sealed record Unreachable(string Reason) : ClientDocumentFetch;
}

/// <summary> Fetches a metadata document (draft-ietf-oauth-client-id-metadata-document sections 5, 8.6 and 8.7): https
/// (or http to this machine, in Development), status 200 alone, no redirects, no proxy, no cookies, 3 seconds, 5 KiB,
/// and allowed addresses only.
/// </summary>
internal sealed class ClientDocumentFetcher : IDisposable
{
    private const int MaxBytes = 5 * 1024;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http;

    public ClientDocumentFetcher(OutboundAddresses addresses)
        : this(OutboundHttp.Create(addresses.MayConnect, MaxTime, MaxBytes)) { }

    internal ClientDocumentFetcher(HttpClient http) => _http = http;

    public void Dispose() => _http.Dispose();

    public async Task<ClientDocumentFetch> FetchAsync(Uri url)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            // Buffered completely within the two limits; exceeding them throws.
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead);
            if ((int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests)
                return new ClientDocumentFetch.Unreachable(Answered(response));
            if (response.StatusCode != HttpStatusCode.OK)
                return new ClientDocumentFetch.NoDocument(Answered(response));
            if (!IsJson(response.Content.Headers.ContentType?.MediaType))
                return new ClientDocumentFetch.NoDocument("its answer is not application/json");
            return new ClientDocumentFetch.Fetched(await response.Content.ReadAsByteArrayAsync(), MaxAgeOf(response));
        }
        catch (HttpRequestException failed)
            when (failed.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return new ClientDocumentFetch.NoDocument("its answer is longer than 5 KiB");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or OperationCanceledException)
        {
            return new ClientDocumentFetch.Unreachable(OutboundFailure.WordsOf(failed));
        }
    }

    private static string Answered(HttpResponseMessage response) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"it answered with status {(int)response.StatusCode}"
        );

    private static bool IsJson(string? type) =>
        type is not null
        && (
            type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (
                type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
                && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            )
        );

    // RFC 9111 section 5.2.2. An answer from a cache on the way has used up a part of its time.
    private static TimeSpan? MaxAgeOf(HttpResponseMessage response) =>
        response.Headers.CacheControl switch
        {
            { NoStore: true } or { NoCache: true } => TimeSpan.Zero,
            { MaxAge: { } age } => age - (response.Headers.Age ?? TimeSpan.Zero),
            _ => null,
        };
}
