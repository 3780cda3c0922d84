using Microsoft.AspNetCore.Authentication;

namespace Identity.Server.Pages.External.Providers;

/// <summary>What a provider says about the person it authenticated.</summary>
/// <param name="Issuer">Who identifies the person. A constant for providers without ID tokens.</param>
/// <param name="Subject">The identifier that never changes at the provider. Addresses and user names do.</param>
/// <param name="IsEmailVerified">Whether the provider documents that it has verified the address.</param>
internal sealed record ExternalPerson(
    string? Issuer,
    string? Subject,
    string? Name,
    string? Email,
    bool IsEmailVerified
)
{
    private const string Prefix = "identity.person.";

    /// <summary>Keeps the person in the state of the journey, from one event of the handler to the next.</summary>
    public void Keep(AuthenticationProperties properties)
    {
        var items = properties.Items;
        items[Prefix + nameof(Issuer)] = Issuer;
        items[Prefix + nameof(Subject)] = Subject;
        items[Prefix + nameof(Name)] = Name;
        items[Prefix + nameof(Email)] = Email;
        items[Prefix + nameof(IsEmailVerified)] = IsEmailVerified ? "true" : null;
    }

    /// <summary>The person that <see cref="Keep"/> kept. Empty if nobody was.</summary>
    public static ExternalPerson Read(AuthenticationProperties properties)
    {
        string? Text(string name) =>
            properties.Items.TryGetValue(Prefix + name, out var text) && !string.IsNullOrWhiteSpace(text) ? text : null;
        return new(
            Text(nameof(Issuer)),
            Text(nameof(Subject)),
            Text(nameof(Name)),
            Text(nameof(Email)),
            Text(nameof(IsEmailVerified)) is not null
        );
    }
}
