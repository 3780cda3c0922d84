using System.Text;
using System.Text.RegularExpressions;

namespace Identity.Core.Denials;

// Denials owns the record of refused requests that an operator can look up by the id that the person saw: kept for some
// days, redacted, and limited in number. The log has every refusal.

/// <summary>A refused request. Every text is redacted when the record is made.</summary>
/// <param name="CorrelationId">The id on the error page and in <c>X-Correlation-Id</c>.</param>
/// <param name="Rule">The rule that refused: the name of its class, or the engine's error id.</param>
/// <param name="Difference">For a redirect_uri: the differences from the registered one, marked character by character,
/// on several lines.</param>
public sealed partial record DeniedRequest(
    string CorrelationId,
    DateTimeOffset At,
    string Endpoint,
    string Rule,
    string? Error,
    string? Description,
    string? ClientId,
    string? Expected,
    string? Received,
    string? Difference = null
)
{
    private const int MaxValueLength = 500;
    private const int MaxDifferenceLength = 2_000;

    /// <summary>A copy without anything that could be a secret and without terminal control characters (LG-1,
    /// LG-2).</summary>
    public DeniedRequest Redacted() =>
        this with
        {
            CorrelationId = Cut(CorrelationId, 100)!,
            Rule = Redact(Rule)!,
            Error = Redact(Error),
            Description = Redact(Description),
            ClientId = Redact(ClientId),
            Expected = Redact(Expected),
            Received = Redact(Received),
            Difference = Cut(Difference, MaxDifferenceLength),
        };

    /// <summary>Removes tokens, passwords in addresses, and the values of parameters that hold secrets. The rest is
    /// unchanged.</summary>
    public static string? Redact(string? text)
    {
        if (text is null)
            return null;
        var plain = WithoutControls(Cut(text, MaxValueLength)!);
        plain = Jwt().Replace(plain, "[JWT]");
        plain = Password().Replace(plain, "//[redacted]@");
        plain = Parameter().Replace(plain, "$1[redacted]");
        return Long().Replace(plain, static run => $"[{run.Length} characters]");
    }

    private static string? Cut(string? text, int longest) =>
        text is not null && text.Length > longest ? text[..longest] + "…" : text;

    private static string WithoutControls(string text)
    {
        StringBuilder plain = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
            plain.Append(Rune.IsControl(rune) ? "\uFFFD" : rune.ToString());
        return plain.ToString();
    }

    [GeneratedRegex(@"eyJ[\w-]+(\.[\w-]*)+", RegexOptions.None, 1_000)]
    private static partial Regex Jwt();

    [GeneratedRegex(@"//[^/@\s]+@", RegexOptions.None, 1_000)]
    private static partial Regex Password();

    // At every position where a parameter may begin, also in a nested address, where ? & = are encoded as %3F, %26 and
    // %3D.
    [GeneratedRegex(
        @"((?:^|[?&#;\s]|%3F|%26|%23)(?:code|\w*token\w*|\w*secret\w*|\w*password\w*|\w*assertion"
            + @"|state|nonce|code_verifier|sid)(?:=|%3D))[^&#;\s]+",
        RegexOptions.IgnoreCase,
        1_000
    )]
    private static partial Regex Parameter();

    // Issued tokens are 43 characters of base64url; hardly any hand-written text has a run of that length.
    [GeneratedRegex(@"[\w-]{40,}", RegexOptions.None, 1_000)]
    private static partial Regex Long();
}
