using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Identity.UnitTests.Protocol.Registration;

/// <summary>The web as far as metadata documents go: each URL answers as a test says, and counts how often it was
/// asked.</summary>
internal sealed class DocumentHost : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Func<HttpResponseMessage>> _answers = new(StringComparer.Ordinal);
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The answer waits for this.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>A document that has what every document needs.</summary>
    public static string Document(string url, string more = "") =>
        $$"""
            {"client_id":"{{url}}","client_name":"Agent","redirect_uris":["http://127.0.0.1/callback"],
             "grant_types":["authorization_code","refresh_token"]{{more}}}
            """;

    public void Serve(string url, string body, string? cacheControl = null) =>
        _answers[url] = () =>
        {
            HttpResponseMessage answer = new(HttpStatusCode.OK)
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            if (cacheControl is not null)
                answer.Headers.CacheControl = CacheControlHeaderValue.Parse(cacheControl);
            return answer;
        };

    public void Answer(string url, HttpStatusCode status) => _answers[url] = () => new(status);

    public void Break(string url) => _answers[url] = () => throw new HttpRequestException("The network is gone.");

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _asked);
        if (Gate is { } gate)
            await gate.Task;
        return _answers.TryGetValue(request.RequestUri!.AbsoluteUri, out var answer)
            ? answer()
            : new(HttpStatusCode.NotFound);
    }
}
