using System.Globalization;
using System.Net;
using System.Text;
using Identity.Core.Languages;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary> Writes mails, in text and in HTML, from <c>MailTexts.json</c>. User input never reaches a header:
/// subjects are fixed texts. Texts and values in HTML are encoded.
/// </summary>
public sealed class MailTexts(IOptions<MailOptions> options, TextCatalog catalog, IMailStyleSource? styles = null)
{
    private const int MaxNameLength = 60;

    /// <summary>Writes a mail in the requested language, or in the default one.</summary>
    public MailContent Write(MailMessage message)
    {
        var language = catalog.Languages.FindOrDefault(message.Locale);
        var texts = catalog.Find(nameof(MailTexts), language.Tag)!;
        var style = styles?.Current ?? MailStyle.Default;
        var sender = style.Sender ?? options.Value.FromName;
        Dictionary<string, string> values = new(message.Values, StringComparer.Ordinal) { ["product"] = sender };
        string? Find(string key) =>
            texts.TryGetValue(key, out var text) ? Fill(text, values, language.IsRightToLeft) : null;
        string Get(string key) => Find(key) ?? throw new KeyNotFoundException($"The text {key} of mails is missing.");

        var kind = message.Kind.Name();
        // Anyone could register a stranger's address with an advertisement as the name, so mails that anyone can
        // request do not address people by name.
        var name = message.Kind.IsAskedFor() ? "" : OneLine(message.Name);
        values["name"] = name;
        var parts = new MailParts(
            Subject: OneLine(Get(kind + ".subject")),
            Greeting: name.Length > 0 ? Get("greeting.named") : Get("greeting"),
            Paragraphs:
            [
                .. Get(kind + ".body").Split("\n\n", StringSplitOptions.TrimEntries),
                .. message.Signs.Select(sign => Get("sign." + sign)),
            ],
            Button: message.Link is null ? null : Get(kind + ".button"),
            Link: message.Link?.AbsoluteUri,
            LinkHint: Get("link.hint"),
            Details: Details(message.Circumstances, language, Get),
            After: Find(kind + ".after") ?? Get(AfterOf(message)),
            Secure: message.SecureLink is null ? null : Get("secure"),
            SecureLink: message.SecureLink?.AbsoluteUri,
            Footer: Get("footer"),
            Imprint: style.Footer
        );
        return new(
            message.To.Value,
            parts.Subject,
            MailLayout.Text(parts),
            MailLayout.Html(parts, language, sender, style),
            language.Tag,
            sender
        );
    }

    private static string AfterOf(MailMessage message) =>
        message.Kind.IsAskedFor() ? "after.asked"
        : message.SecureLink is null ? "after.notice"
        : "after.secure";

    private static List<(string Label, string Value)> Details(
        MailCircumstances? circumstances,
        Language language,
        Func<string, string> get
    )
    {
        if (circumstances is null)
            return [];
        List<(string, string)> lines =
        [
            (get("detail.when"), When(circumstances, language.Culture, get("detail.when.format"))),
        ];
        if (circumstances.Device is { Length: > 0 } device)
            lines.Add((get("detail.device"), OneLine(device)));
        if (circumstances.Place?.Describe(language) is { } place)
            lines.Add((get("detail.place"), OneLine(place)));
        if (circumstances.Address is { Length: > 0 } address)
            lines.Add((get("detail.address"), OneLine(address)));
        return lines;
    }

    // The time zone is always shown, because a mail may be read in another zone.
    private static string When(MailCircumstances circumstances, CultureInfo culture, string format)
    {
        var zone = TimeZoneName.Find(circumstances.Zoneinfo) ?? TimeZoneInfo.Utc;
        return $"{TimeZoneInfo.ConvertTime(circumstances.At, zone).ToString(format, culture)} ({zone.Id})";
    }

    // In a mail that runs from right to left, an address or a name keeps its own direction by isolates (Unicode
    // Standard Annex 9).
    private static string Fill(string text, Dictionary<string, string> values, bool isolate)
    {
        var filled = new StringBuilder(text);
        foreach (var (name, value) in values)
            filled.Replace("{" + name + "}", isolate ? $"\u2068{OneLine(value)}\u2069" : OneLine(value));
        return filled.ToString();
    }

    // Control characters, line separators and directional marks in a name could change what the mail seems to say.
    private static string OneLine(string? text)
    {
        var kept = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (
                Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned
            )
                continue;
            if (kept.Length >= 4 * MaxNameLength)
                break;
            kept.Append(rune);
        }
        return kept.ToString().Trim();
    }
}

/// <summary>How a mail looks.</summary>
/// <param name="Button">The background colour of its button in CSS.</param>
/// <param name="ButtonText">The button's text colour, which must be readable on the background.</param>
public sealed record MailStyle(string Button, string ButtonText)
{
    /// <summary>The radius of corners in pixels.</summary>
    public int Radius { get; init; } = 12;

    /// <summary>The sender's name; null for that of <see cref="MailOptions"/>.</summary>
    public string? Sender { get; init; }

    /// <summary>The https address of a picture at the top.</summary>
    public string? LogoUri { get; init; }

    /// <summary>A line at the end.</summary>
    public string? Footer { get; init; }

    public static MailStyle Default { get; } = new("#1f6f5c", "#ffffff");
}

/// <summary>Says how the mails of a request look.</summary>
public interface IMailStyleSource
{
    MailStyle Current { get; }
}

/// <summary>The parts of one mail, in its language.</summary>
internal sealed record MailParts(
    string Subject,
    string Greeting,
    string[] Paragraphs,
    string? Button,
    string? Link,
    string LinkHint,
    IReadOnlyList<(string Label, string Value)> Details,
    string After,
    string? Secure,
    string? SecureLink,
    string Footer,
    string? Imprint
);

/// <summary>Lays out the parts. Styles are inline and nothing is loaded from outside, because mail programs remove
/// style sheets and block external content.</summary>
internal static class MailLayout
{
    public static string Text(MailParts parts)
    {
        var text = new StringBuilder();
        text.Append(parts.Greeting).Append("\n\n");
        foreach (var paragraph in parts.Paragraphs)
            text.Append(paragraph).Append("\n\n");
        if (parts.Link is not null)
            text.Append(parts.Link).Append("\n\n");
        foreach (var (label, value) in parts.Details)
            text.Append(label).Append(": ").Append(value).Append('\n');
        if (parts.Details.Count > 0)
            text.Append('\n');
        text.Append(parts.After).Append("\n\n");
        if (parts.SecureLink is not null)
            text.Append(parts.Secure).Append(":\n").Append(parts.SecureLink).Append("\n\n");
        return text.Append("-- \n")
            .Append(parts.Footer)
            .Append('\n')
            .Append(parts.Imprint is null ? "" : parts.Imprint + "\n")
            .ToString();
    }

    public static string Html(MailParts parts, Language language, string product, MailStyle style)
    {
        var direction = language.Direction;
        var side = language.IsRightToLeft ? "right" : "left";
        var gap = language.IsRightToLeft ? "2px 0 2px 12px" : "2px 12px 2px 0";
        var html = new StringBuilder(
            $"""
            <!DOCTYPE html>
            <html lang="{language.Tag}" dir="{direction}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Encode(
                parts.Subject
            )}</title></head>
            <body dir="{direction}" style="margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2933;
              font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;
              text-align:{side}">
            <div style="max-width:560px;margin:0 auto;background:#ffffff;border:1px solid #d9dee4;
              border-radius:{style.Radius}px;padding:32px">
            {Head(product, style)}
            <h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{Encode(parts.Subject)}</h1>
            <p style="margin:0 0 16px">{Encode(parts.Greeting)}</p>

            """
        );
        foreach (var paragraph in parts.Paragraphs)
            html.Append(CultureInfo.InvariantCulture, $"<p style=\"margin:0 0 16px\">{Encode(paragraph)}</p>\n");
        if (parts.Link is { } link)
        {
            var corner = style.Radius * 2 / 3;
            html.Append(
                CultureInfo.InvariantCulture,
                $"""
                <p style="margin:24px 0"><a href="{Encode(
                    link
                )}" style="display:inline-block;background:{style.Button};color:{style.ButtonText};
                  text-decoration:none;font-weight:600;padding:12px 20px;border-radius:{corner}px">{Encode(
                    parts.Button!
                )}</a></p>
                <p style="margin:0 0 16px;font-size:14px;color:#52606d">{Encode(
                    parts.LinkHint
                )}<br><span dir="ltr" style="word-break:break-all">{Encode(link)}</span></p>

                """
            );
        }
        if (parts.Details.Count > 0)
        {
            html.Append(
                "<table role=\"presentation\" style=\"margin:0 0 16px;border-collapse:collapse;font-size:14px\">\n"
            );
            foreach (var (label, value) in parts.Details)
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"<tr><td style=\"padding:{gap};color:#52606d\">{Encode(label)}</td><td style=\"padding:2px "
                        + $"0\"><bdi>{Encode(value)}</bdi></td></tr>\n"
                );
            html.Append("</table>\n");
        }
        html.Append(
            CultureInfo.InvariantCulture,
            $"""
            <p style="margin:0 0 16px">{Encode(parts.After)}</p>
            {SecureParagraph(parts)}
            <p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #d9dee4;font-size:13px;
              color:#52606d">{Encode(
                parts.Footer
            )}{(parts.Imprint is null ? "" : "<br>" + Encode(parts.Imprint))}</p>
            </div></body></html>

            """
        );
        return html.ToString();
    }

    private static string Head(string product, MailStyle style) =>
        style.LogoUri is { } logo
            ? $"<p style=\"margin:0 0 24px\"><img src=\"{Encode(logo)}\" alt=\"{Encode(product)}\" height=\"32\" "
                + "style=\"max-width:100%;height:32px;border:0\"></p>"
            : $"<p style=\"margin:0 0 24px;font-size:14px;font-weight:600;color:#52606d\">{Encode(product)}</p>";

    private static string SecureParagraph(MailParts parts) =>
        parts.SecureLink is { } link
            ? $"<p style=\"margin:0 0 16px\"><a href=\"{Encode(link)}\">{Encode(parts.Secure!)}</a></p>"
            : "";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
