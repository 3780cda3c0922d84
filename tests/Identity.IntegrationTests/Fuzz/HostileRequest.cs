using System.Text;

namespace Identity.IntegrationTests.Fuzz;

/// <summary>A request as it goes over the wire. Pairs are encoded already, for how they are encoded is part of
/// it.</summary>
/// <param name="IsSignedIn">Whether it comes from the browser in which a person is signed in.</param>
public sealed record HostileRequest(
    string Method,
    string Path,
    bool IsSignedIn,
    IReadOnlyList<string> Query,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    string? ContentType,
    IReadOnlyList<string> Body
)
{
    /// <summary>Smaller requests, for finding what in it made the provider fail.</summary>
    public IEnumerable<HostileRequest> Shrink()
    {
        for (var i = 0; i < Query.Count; i++)
            yield return this with
            {
                Query = [.. Query.Where((_, at) => at != i)],
            };
        for (var i = 0; i < Body.Count; i++)
            yield return this with
            {
                Body = [.. Body.Where((_, at) => at != i)],
            };
        for (var i = 0; i < Headers.Count; i++)
            yield return this with
            {
                Headers = [.. Headers.Where((_, at) => at != i)],
            };
        if (IsSignedIn)
            yield return this with
            {
                IsSignedIn = false,
            };
    }

    public HttpRequestMessage ToMessage()
    {
        HttpRequestMessage request = new(
            new HttpMethod(Method),
            Query.Count == 0 ? Path : $"{Path}?{string.Join('&', Query)}"
        );
        foreach (var (name, value) in Headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (ContentType is null)
            return request;
        request.Content = new ByteArrayContent(Encoding.Latin1.GetBytes(string.Join('&', Body)));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        return request;
    }

    /// <summary>All of it, in ASCII: enough to send it again by hand.</summary>
    public override string ToString() =>
        InAscii(
            $"{Method} {Path}?{string.Join('&', Query)} signed in: {IsSignedIn}\n"
                + $"{string.Join('\n', Headers.Select(static h => $"{h.Key}: {h.Value}"))}\n"
                + $"Content-Type: {ContentType}\n{string.Join('&', Body)}"
        );

    private static string InAscii(string text) =>
        string.Concat(text.Select(static c => c is '\n' or (>= ' ' and < '\u007F') ? c.ToString() : $"\\u{(int)c:x4}"));
}
