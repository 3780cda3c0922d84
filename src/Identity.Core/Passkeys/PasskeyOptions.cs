using Microsoft.Extensions.Options;

namespace Identity.Core.Passkeys;

/// <summary>Section <c>Identity:Passkeys</c>.</summary>
public sealed class PasskeyOptions
{
    public const string Section = "Identity:Passkeys";

    /// <summary>Whether a person without a passkey is offered one after a sign-in with a password.</summary>
    public bool Offer { get; set; }

    /// <summary>The shortest time between two offers to one person, in all their browsers: 1 to 365 days.</summary>
    public TimeSpan OfferAgainAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether the offer first lets the password manager create a passkey without asking (WebAuthn 3:
    /// mediation "conditional"). Needs <see cref="Offer"/>.</summary>
    public bool CreateAutomatically { get; set; }

    /// <summary>Whether pages tell the password manager which passkeys of the person are accepted, and their name
    /// (WebAuthn 3, section 5.1.10).</summary>
    public bool Signals { get; set; } = true;

    /// <summary>Whether password managers find the pages of passwords and passkeys, at
    /// <c>/.well-known/change-password</c> and <c>/.well-known/passkey-endpoints</c>.</summary>
    public bool PublishPages { get; set; } = true;

    /// <summary>Other origins that may use the passkeys of this provider, such as <c>https://example.org</c> (WebAuthn
    /// 3, section 5.11), listed at <c>/.well-known/webauthn</c>.</summary>
    public IList<string> RelatedOrigins { get; } = [];

    /// <summary>The origin as browsers write it; null if the text is no origin of a secure site.</summary>
    internal static string? OriginAt(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme == Uri.UriSchemeHttps
        && address.GetLeftPart(UriPartial.Authority) is var origin
        && address is { UserInfo: "", HostNameType: UriHostNameType.Dns }
        && text == origin
            ? origin
            : null;
}

internal sealed class PasskeyOptionsValidator : IValidateOptions<PasskeyOptions>
{
    // Browsers need not look further than five registrable labels; a longer list is a mistake.
    private const int MaxOrigins = 50;

    public ValidateOptionsResult Validate(string? name, PasskeyOptions options)
    {
        List<string> wrong =
        [
            .. options
                .RelatedOrigins.Where(static origin => PasskeyOptions.OriginAt(origin) is null)
                .Select(static origin =>
                    $"{PasskeyOptions.Section}:RelatedOrigins: '{origin}' is not an origin such as https://example.org."
                ),
        ];
        if (options.RelatedOrigins.Count > MaxOrigins)
            wrong.Add($"{PasskeyOptions.Section}:RelatedOrigins: at most {MaxOrigins} origins.");
        if (options.OfferAgainAfter < TimeSpan.FromDays(1) || options.OfferAgainAfter > TimeSpan.FromDays(365))
            wrong.Add($"{PasskeyOptions.Section}:OfferAgainAfter: 1 to 365 days, such as 30.00:00:00.");
        if (options is { CreateAutomatically: true, Offer: false })
            wrong.Add(
                $"{PasskeyOptions.Section}:CreateAutomatically: needs {PasskeyOptions.Section}:Offer, whose page "
                    + "creates the passkey."
            );
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
