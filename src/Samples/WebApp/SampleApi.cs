using System.Net.Http.Headers;

namespace Samples.WebApp;

/// <summary>The API that this application calls for the person.</summary>
public sealed class SampleApi(HttpClient http)
{
    /// <summary>Where it is.</summary>
    public Uri Address => new(http.BaseAddress!, "/hello");

    /// <summary>Says hello with an access token.</summary>
    public async Task<HttpAnswer> HelloAsync(string? accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        return await HttpAnswer.ReadAsync(response, cancellationToken);
    }
}
