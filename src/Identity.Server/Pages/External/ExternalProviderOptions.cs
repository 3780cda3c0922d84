using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External;

/// <summary>Another OpenID provider with which people may sign in here: one section
/// <c>Identity:ExternalProviders:NAME</c> per provider.</summary>
internal sealed class ExternalProviderOptions
{
    /// <summary>The providers by name. A name is 1 to 40 lower-case letters, digits and hyphens, and must not change,
    /// because people's links refer to it.</summary>
    public const string Root = "Identity:ExternalProviders";

    public const string Section = Root + ":NAME";

    /// <summary>Its issuer: https, or http on this machine.</summary>
    public string? Authority { get; set; }

    /// <summary>The id of this provider there.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client secret; none for a public client.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>The name on the button; 1 to 60 characters.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>The scopes in addition to <c>openid</c>: enough to show people the account with which they signed
    /// in.</summary>
    public IList<string> Scopes { get; } = [];
}

internal sealed class ExternalProviderOptionsValidator : IValidateOptions<ExternalProviderOptions>
{
    private const int MaxNameLength = 40;
    private const int MaxDisplayNameLength = 60;

    public ValidateOptionsResult Validate(string? name, ExternalProviderOptions options)
    {
        if (string.IsNullOrEmpty(name))
            return ValidateOptionsResult.Skip;
        var section = $"{ExternalProviderOptions.Root}:{name}";
        List<string> failures = [];
        if (
            name.Length > MaxNameLength
            || !name.All(static sign => sign is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
        )
            failures.Add($"{section}: a name is 1 to {MaxNameLength} lower-case letters, digits and hyphens.");
        if (!IsAddress(options.Authority))
            failures.Add(
                $"{section}:Authority: must be the https address of the provider's issuer; http is for this machine "
                    + "only."
            );
        if (string.IsNullOrWhiteSpace(options.ClientId))
            failures.Add($"{section}:ClientId: is missing.");
        if (
            string.IsNullOrWhiteSpace(options.DisplayName)
            || options.DisplayName.Length > MaxDisplayNameLength
            || options.DisplayName.Any(char.IsControl)
        )
            failures.Add($"{section}:DisplayName: must be 1 to {MaxDisplayNameLength} characters.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
