using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

/// <summary> A third-party service such as Turnstile, hCaptcha and reCAPTCHA: its script fills a field of the form, and
/// its "siteverify" endpoint judges it. The secret is sent in the body, never in a URL, and no other field of the form
/// is sent. Each answer is also remembered here, because not every service accepts an answer only once.
/// </summary>
public sealed class HttpChallenge(
    HttpClient http,
    IOptions<BotDefenceOptions> options,
    IChallengeReplayGuard memory,
    TimeProvider time
) : IBotChallenge
{
    private const int MaxAnswerLength = 4096;

    /// <summary>Longer than an answer is valid at any service: 5 minutes at Turnstile, 2 at hCaptcha.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);
    private readonly BotDefenceOptions _options = options.Value;

    /// <inheritdoc />
    public string Kind => "http";

    /// <inheritdoc />
    public string ResponseField => _options.ResponseField;

    /// <inheritdoc />
    public BotChallengePrompt Issue(int asked) =>
        new(Kind, _options.SiteKey!, 0, _options.ScriptUri, ResponseField)
        {
            WidgetClass = _options.WidgetClass,
            Origins = [.. _options.Origins],
        };

    /// <inheritdoc />
    public async Task<BotChallengeResult> VerifyAsync(
        string? answer,
        int asked,
        IPAddress? address,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(answer) || answer.Length > MaxAnswerLength)
            return new BotChallengeResult.Refused("no answer, or one too long to be one");

        List<KeyValuePair<string, string>> form = [new("secret", _options.Secret!), new("response", answer)];
        if (address is not null)
            form.Add(new("remoteip", address.ToString()));
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            using var content = new FormUrlEncodedContent(form);
            using var response = await http.PostAsync(_options.VerifyUri, content, timeout.Token);
            if (!response.IsSuccessStatusCode)
                return new BotChallengeResult.Unavailable($"the service answered {(int)response.StatusCode}");
            var verdict = await response.Content.ReadFromJsonAsync<Verdict>(timeout.Token);
            if (verdict?.Success != true)
                return new BotChallengeResult.Refused("the service refused the answer: " + Words(verdict?.ErrorCodes));
        }
        catch (Exception failed)
            when (failed is HttpRequestException or IOException or JsonException
                || failed is OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            return new BotChallengeResult.Unavailable(
                "the call to the service failed: " + OutboundFailure.WordsOf(failed)
            );
        }
        return await memory.RememberOnceAsync("bot_answer", answer, time.GetUtcNow() + Memory, cancellationToken)
            ? new BotChallengeResult.Passed()
            : new BotChallengeResult.Refused("the answer was used before");
    }

    // For the log: a short text, whatever the service sends.
    private static string Words(string[]? codes) =>
        string.Join(
            ", ",
            (codes ?? [])
                .Take(4)
                .Where(static code =>
                    code is { Length: < 64 } && code.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                )
        );

    private sealed record Verdict(
        [property: JsonPropertyName("success")] bool Success,
        [property: JsonPropertyName("error-codes")] string[]? ErrorCodes
    );
}
