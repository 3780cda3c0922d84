using System.Net.Http.Headers;

namespace Samples.WebApp;

/// <summary>The API that this application calls for the person.</summary>
public sealed class SampleApi(HttpClient http)
{
    /// <summary>Its address.</summary>
    public Uri Address => new(http.BaseAddress!, "/hello");

    /// <summary>Says hello with an access token.</summary>
    public async Task<HttpAnswer> HelloAsync(string? accessToken, CancellationToken cancellationToken) =>
        (await CallAsync("/hello", accessToken, cancellationToken)).Answer;

    /// <summary>Calls the endpoint that needs a strong and recent sign-in.</summary>
    /// <returns>The answer, and the required step-up if the sign-in is not sufficient.</returns>
    public Task<(HttpAnswer Answer, StepUp? StepUp)> OpenVaultAsync(
        string? accessToken,
        CancellationToken cancellationToken
    ) => CallAsync("/vault", accessToken, cancellationToken);

    private async Task<(HttpAnswer Answer, StepUp? StepUp)> CallAsync(
        string path,
        string? accessToken,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(http.BaseAddress!, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        return (await HttpAnswer.ReadAsync(response, cancellationToken), StepUp.Read(response));
    }
}
