using System.Text;
using System.Text.RegularExpressions;

namespace Identity.Core.Denials;

// Denials owns what an operator can be told of a refused request by the id that the person saw: for some days,
// redacted, and no more than a flood of refusals may cost. The log has every refusal; this is for looking one up.

/// <summary>A refused request. Every text is redacted when the record is made.</summary>
/// <param name="CorrelationId">The id on the error page and in <c>X-Correlation-Id</c>.</param>
/// <param name="Rule">The rule that refused, by the name of its class, or the engine's number.</param>
/// <param name="Difference">For a redirect_uri: where it departs from the registered one, marked character by
/// character; several lines.</param>
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

    /// <summary>The same, with everything that could be a secret taken out, and nothing that could drive a terminal
    /// (LG-1, LG-2).</summary>
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

    /// <summary>Takes out tokens, passwords in addresses, and the values of parameters that hold secrets. What stays is
    /// as it came.</summary>
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

    // Wherever a parameter may begin, and in an address within an address too, where ? & = are written as %3F, %26
    // and %3D.
    [GeneratedRegex(
        @"((?:^|[?&#;\s]|%3F|%26|%23)(?:code|\w*token\w*|\w*secret\w*|\w*password\w*|\w*assertion"
            + @"|state|nonce|code_verifier|sid)(?:=|%3D))[^&#;\s]+",
        RegexOptions.IgnoreCase,
        1_000
    )]
    private static partial Regex Parameter();

    // What we hand out is 43 characters of base64url; nothing that a person wrote by hand is as long in one run.
    [GeneratedRegex(@"[\w-]{40,}", RegexOptions.None, 1_000)]
    private static partial Regex Long();
}
