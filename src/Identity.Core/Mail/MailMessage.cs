using System.Text.Json;
using Identity.Core.Places;
using Identity.Core.Primitives;

namespace Identity.Core.Mail;

/// <summary>A mail to be written.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="To">The one recipient.</param>
/// <param name="UserId">The account that it concerns; null if there is none.</param>
/// <param name="Locale">A language tag; an unsupported one falls back to English.</param>
public sealed record MailMessage(MailKind Kind, EmailAddress To, Guid? UserId, string? Locale)
{
    /// <summary>The target of its button, built by <see cref="MailLinks"/> only (RV-9).</summary>
    public Uri? Link { get; init; }

    /// <summary>The token of the link that secures the account, if the notice has one.</summary>
    public OpaqueToken? SecureToken { get; init; }

    /// <summary>The link with this token.</summary>
    public Uri? SecureLink { get; init; }

    /// <summary>The name it is addressed to.</summary>
    public string? Name { get; init; }

    /// <summary>The values of the text, by the name of the placeholder.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>The names of the unusual signals; their texts are <c>sign.NAME</c>.</summary>
    public IReadOnlyList<string> Signs { get; init; } = [];

    /// <summary>When, from where and with which device the reported action was performed.</summary>
    public MailCircumstances? Circumstances { get; init; }

    /// <summary>Redacted: links carry tokens.</summary>
    public override string ToString() => $"MailMessage {Kind}";
}

/// <summary>The lines "when, device, address" of a notice.</summary>
/// <param name="Zoneinfo">The time zone of the displayed time; UTC if it is unknown.</param>
public sealed record MailCircumstances(DateTimeOffset At, string? Device, string? Address, string? Zoneinfo = null)
{
    /// <summary>The place of the address, if known.</summary>
    public Place? Place { get; init; }
}

/// <summary>A mail ready to be sent.</summary>
/// <param name="To">The address.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">The plain body.</param>
/// <param name="Html">The same in HTML.</param>
/// <param name="Language">Its language.</param>
/// <param name="Sender">The sender's name; null, in mails of an earlier version, for that of the settings.</param>
public sealed record MailContent(
    string To,
    string Subject,
    string Text,
    string Html,
    string Language,
    string? Sender = null
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => "MailContent(redacted)";

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    internal static MailContent FromBytes(byte[] bytes) =>
        JsonSerializer.Deserialize<MailContent>(bytes) ?? throw new JsonException("null is no mail.");
}
