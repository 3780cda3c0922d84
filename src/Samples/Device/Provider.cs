using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Samples.Device;

/// <summary>The device authorization response (RFC 8628 section 3.2).</summary>
internal sealed record DeviceRequest(
    [property: JsonPropertyName("device_code")] string DeviceCode,
    [property: JsonPropertyName("user_code")] string UserCode,
    [property: JsonPropertyName("verification_uri")] string VerificationUri,
    [property: JsonPropertyName("verification_uri_complete")] string? VerificationUriComplete,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("interval")] int? Interval
);

/// <summary>The outcome.</summary>
internal abstract record DeviceOutcome
{
    internal sealed record Granted(string AccessToken, string? Scope, bool HasRefreshToken) : DeviceOutcome
    {
        public override string ToString() => "Granted";
    }

    internal sealed record Refused(string Error) : DeviceOutcome;
}

/// <summary>The provider, described by its metadata: only the issuer is configured.</summary>
internal sealed class Provider(HttpClient http, Uri deviceEndpoint, Uri tokenEndpoint, Uri userInfoEndpoint)
{
    public static async Task<Provider> DiscoverAsync(
        HttpClient http,
        string issuer,
        CancellationToken cancellationToken
    )
    {
        var metadata = await http.GetFromJsonAsync<JsonElement>(
            new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration"),
            cancellationToken
        );
        if (metadata.GetProperty("issuer").GetString() != issuer)
            throw new HttpRequestException("The metadata is another issuer's.");
        return metadata.TryGetProperty("device_authorization_endpoint", out var device)
            ? new(
                http,
                new(device.GetString()!),
                new(metadata.GetProperty("token_endpoint").GetString()!),
                new(metadata.GetProperty("userinfo_endpoint").GetString()!)
            )
            : throw new HttpRequestException("The provider has no device grant.");
    }

    public async Task<DeviceRequest> AskAsync(string clientId, string scope, CancellationToken cancellationToken)
    {
        using var form = Form(("client_id", clientId), ("scope", scope));
        using var response = await http.PostAsync(deviceEndpoint, form, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<DeviceRequest>(cancellationToken)
            ?? throw new HttpRequestException("The answer is empty.");
    }

    /// <summary>Polls as section 3.5 requires: the interval grows by 5 seconds whenever the provider asks for it or
    /// does not answer.</summary>
    public async Task<DeviceOutcome> WaitAsync(
        string clientId,
        DeviceRequest request,
        CancellationToken cancellationToken
    )
    {
        var pause = TimeSpan.FromSeconds(request.Interval ?? 5);
        while (true)
        {
            await Task.Delay(pause, cancellationToken);
            using var form = Form(
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("client_id", clientId),
                ("device_code", request.DeviceCode)
            );
            JsonElement answer;
            try
            {
                using var response = await http.PostAsync(tokenEndpoint, form, cancellationToken);
                answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            }
            catch (Exception lost)
                when (lost is HttpRequestException or JsonException
                    || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                )
            {
                pause += TimeSpan.FromSeconds(5);
                continue;
            }
            switch (Text(answer, "error"))
            {
                case null:
                    return new DeviceOutcome.Granted(
                        Text(answer, "access_token")!,
                        Text(answer, "scope"),
                        answer.TryGetProperty("refresh_token", out _)
                    );
                case "authorization_pending":
                    break;
                case "slow_down":
                    pause += TimeSpan.FromSeconds(5);
                    break;
                case var error:
                    return new DeviceOutcome.Refused(error);
            }
        }
    }

    public async Task<string> WhoAsync(string accessToken, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, userInfoEndpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        var person = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return Text(person, "name") ?? Text(person, "sub") ?? "somebody";
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value)));

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
