using System.Globalization;
using System.Text;

namespace Identity.Server.Presentation;

/// <summary>One refresh token of a family, with what the diagram needs. No hash, no payload.</summary>
/// <param name="Generation">0 for the first token of the grant; each rotation adds one.</param>
public sealed record TokenGeneration(
    int Generation,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UsedAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset ExpiresAt
);

/// <summary> Draws a family of refresh tokens as a row of beads, each connected to the one it replaced. A person sees
/// whether an app is still in use; an operator sees where a stolen token was reused. Colours come from the page's
/// custom properties, so it also works in dark mode.
/// </summary>
public static class TokenFamilyDiagram
{
    private const int Step = 44;
    private const int Radius = 11;

    /// <summary>A longer family shows its newest tokens and the number of earlier ones.</summary>
    public const int MaxDrawn = 12;

    /// <summary>The diagram as an SVG element with a title and a description for screen readers.</summary>
    /// <param name="tokens">The tokens of one family, in any order; old generations may have been cleaned away.</param>
    /// <param name="now">The current time, to determine expired tokens.</param>
    /// <param name="text">The words, already in the reader's language; encoded here.</param>
    public static string Draw(IReadOnlyCollection<TokenGeneration> tokens, DateTimeOffset now, TokenFamilyWords text)
    {
        var ordered = tokens.OrderBy(static token => token.Generation).ToArray();
        var drawn = ordered.TakeLast(MaxDrawn).ToArray();
        var hidden = ordered.Length == 0 ? 0 : drawn[0].Generation;
        var lead = hidden > 0 ? Step : 0;
        var width = lead + (Math.Max(drawn.Length, 1) * Step);

        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg class=\"family\" role=\"img\" viewBox=\"0 0 {width} 40\" width=\"{width}\" height=\"40\">"
        );
        var count = ordered.Length == 0 ? 0 : ordered[^1].Generation + 1;
        var description = text.Describe(count, StateOf(ordered.LastOrDefault(), now));
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<title>{Encode(text.Title)}</title><desc>{Encode(description)}</desc>"
        );
        if (hidden > 0)
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"family-more\" x=\"2\" y=\"24\">+{hidden}</text>");
        for (var i = 0; i < drawn.Length; i++)
        {
            var x = lead + (i * Step) + (Step / 2);
            if (i > 0 || hidden > 0)
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<line class=\"family-link\" x1=\"{x - Step + Radius}\" y1=\"20\" x2=\"{x - Radius}\" y2=\"20\"/>"
                );
            var state = StateOf(drawn[i], now);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<g class=\"family-{state.ToString().ToLowerInvariant()}\"><title>{Encode(text.Name(state))} · "
                    + $"{drawn[i].CreatedAt:yyyy-MM-dd HH:mm}Z</title>"
            );
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<circle cx=\"{x}\" cy=\"20\" r=\"{Radius}\"/><text x=\"{x}\" "
                    + $"y=\"24\">{drawn[i].Generation}</text></g>"
            );
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The state of a token. Revoked takes precedence over used, because operators look for it.</summary>
    public static TokenState StateOf(TokenGeneration? token, DateTimeOffset now) =>
        token switch
        {
            null => TokenState.Expired,
            { RevokedAt: not null } => TokenState.Revoked,
            { UsedAt: not null } => TokenState.Used,
            _ when token.ExpiresAt <= now => TokenState.Expired,
            _ => TokenState.Live,
        };

    private static string Encode(string value) => System.Net.WebUtility.HtmlEncode(value);
}

/// <summary>The states a refresh token can be in.</summary>
public enum TokenState
{
    /// <summary>It can be used: the live token of its family.</summary>
    Live,

    /// <summary>It was exchanged for its successor.</summary>
    Used,

    /// <summary>It was revoked.</summary>
    Revoked,

    /// <summary>It expired unused.</summary>
    Expired,
}

/// <summary>The texts of the diagram in the reader's language.</summary>
/// <param name="Title">The title of the diagram.</param>
/// <param name="Name">The name of a state.</param>
/// <param name="Describe">One sentence: the number of tokens, including those not drawn, and the state of the
/// newest.</param>
public sealed record TokenFamilyWords(
    string Title,
    Func<TokenState, string> Name,
    Func<int, TokenState, string> Describe
);
