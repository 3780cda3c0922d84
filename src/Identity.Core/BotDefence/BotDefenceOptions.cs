using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

/// <summary>Section <c>Identity:BotDefence</c>.</summary>
public sealed class BotDefenceOptions
{
    /// <summary>Where the settings stand.</summary>
    public const string Section = "Identity:BotDefence";

    /// <summary><c>proof-of-work</c> (the default: no third party), <c>http</c> (a service with a "siteverify"
    /// endpoint), or <c>none</c>.</summary>
    public string Kind { get; set; } = "proof-of-work";

    /// <summary>Attempts that one address may make within the throttling window before it is challenged. 0 challenges
    /// always.</summary>
    public int AskAfterAttempts { get; set; } = 10;

    /// <summary> Leading zero bits of a proof of work, 8 to 24: 2 to that power hashes on average. 17 are 131,072
    /// hashes. A native program needs about 45 ms on one server core, the page's script 0.7 s on the same machine
    /// (measured). It slows simple bots down; the limits on attempts stop determined ones.
    /// </summary>
    public int Difficulty { get; set; } = 17;

    /// <summary> The maximum number of bits, 8 to 24, if more than <see cref="Difficulty"/>: one bit more, which
    /// doubles the work, for every ten forms that an address sends while it is challenged. 20 are a million hashes:
    /// eight times what 17 cost, so about 0.4 s natively and 6 s in the browser, which is acceptable for a person
    /// behind a shared address.
    /// </summary>
    public int MaxDifficulty { get; set; } = 20;

    /// <summary>How long a proof-of-work challenge is valid.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The service's verification endpoint, such as Turnstile's or hCaptcha's "siteverify"; https.</summary>
    public Uri? VerifyUri { get; set; }

    /// <summary>The service's script; https.</summary>
    public Uri? ScriptUri { get; set; }

    /// <summary>The public key of this site at the service.</summary>
    public string? SiteKey { get; set; }

    /// <summary>The secret of this site at the service. From the environment, never from a committed file.</summary>
    public string? Secret { get; set; }

    /// <summary>The form field that the service's script fills.</summary>
    public string ResponseField { get; set; } = "bot_answer";

    /// <summary>The class of the element that the service's script looks for: <c>cf-turnstile</c>,
    /// <c>h-captcha</c>.</summary>
    public string WidgetClass { get; set; } = "cf-turnstile";

    /// <summary>Further origins that the service loads from, for the Content-Security-Policy: hCaptcha needs
    /// <c>https://*.hcaptcha.com</c>.</summary>
    public IList<string> Origins { get; } = [];

    /// <summary>The timeout of a call to the service.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether a person passes when the service cannot be reached. Throttling still holds then.</summary>
    public bool PassWhenUnavailable { get; set; } = true;
}

/// <summary>All failures together, each naming its key.</summary>
internal sealed class BotDefenceOptionsValidator : IValidateOptions<BotDefenceOptions>
{
    public ValidateOptionsResult Validate(string? name, BotDefenceOptions options)
    {
        List<string> failures = [];
        if (options.Kind is not ("proof-of-work" or "http" or "none"))
            failures.Add($"{BotDefenceOptions.Section}:Kind: must be proof-of-work, http or none.");
        if (options.Difficulty is < 8 or > 24)
            failures.Add($"{BotDefenceOptions.Section}:Difficulty: must be 8 to 24 bits.");
        if (options.MaxDifficulty is < 8 or > 24)
            failures.Add($"{BotDefenceOptions.Section}:MaxDifficulty: must be 8 to 24 bits.");
        if (options.AskAfterAttempts < 0)
            failures.Add($"{BotDefenceOptions.Section}:AskAfterAttempts: must be 0 or more.");
        if (options.Lifetime < TimeSpan.FromMinutes(1) || options.Lifetime > TimeSpan.FromHours(1))
            failures.Add($"{BotDefenceOptions.Section}:Lifetime: must be 1 minute to 1 hour.");
        if (options.Timeout < TimeSpan.FromMilliseconds(100) || options.Timeout > TimeSpan.FromSeconds(30))
            failures.Add($"{BotDefenceOptions.Section}:Timeout: must be 0.1 to 30 seconds.");
        if (options.Kind == "http")
        {
            if (
                options.VerifyUri is null
                || !options.VerifyUri.IsAbsoluteUri
                || (options.VerifyUri.Scheme != Uri.UriSchemeHttps && !options.VerifyUri.IsLoopback)
            )
                failures.Add($"{BotDefenceOptions.Section}:VerifyUri: must be an absolute https address.");
            if (
                options.ScriptUri is null
                || !options.ScriptUri.IsAbsoluteUri
                || (options.ScriptUri.Scheme != Uri.UriSchemeHttps && !options.ScriptUri.IsLoopback)
            )
                failures.Add($"{BotDefenceOptions.Section}:ScriptUri: must be an absolute https address.");
            if (options.Origins.Any(static origin => !IsOrigin(origin)))
                failures.Add(
                    $"{BotDefenceOptions.Section}:Origins: must be https origins, such as https://*.hcaptcha.com."
                );
            if (string.IsNullOrEmpty(options.ResponseField) || string.IsNullOrEmpty(options.WidgetClass))
                failures.Add($"{BotDefenceOptions.Section}:ResponseField, WidgetClass: must not be empty.");
            if (string.IsNullOrWhiteSpace(options.SiteKey))
                failures.Add($"{BotDefenceOptions.Section}:SiteKey: is missing.");
            if (string.IsNullOrWhiteSpace(options.Secret))
                failures.Add($"{BotDefenceOptions.Section}:Secret: is missing.");
        }

        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    // The value goes into a header: scheme and host, with at most a leading wildcard, and no character that ends a
    // directive.
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttps
        && uri.PathAndQuery == "/"
        && origin.All(static c => c is > ' ' and < '\u007F' and not (';' or ',' or '\'' or '"'));
}
