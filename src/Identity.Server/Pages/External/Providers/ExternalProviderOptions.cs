using System.Security.Cryptography;
using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External.Providers;

/// <summary>Another provider with which people may sign in here: one section
/// <c>Identity:ExternalProviders:NAME</c> per provider.</summary>
internal sealed class ExternalProviderOptions
{
    /// <summary>The providers by name. A name is 1 to 40 lower-case letters, digits and hyphens, and must not change,
    /// because people's links refer to it.</summary>
    public const string Root = "Identity:ExternalProviders";

    public const string Section = Root + ":NAME";

    /// <summary>Which provider it is.</summary>
    public ExternalProviderType Type { get; set; }

    /// <summary>Its issuer: https, or http on this machine. Required for OpenIdConnect, for an instance of your own
    /// with GitHub and GitLab, and known for the other types.</summary>
    public string? Authority { get; set; }

    /// <summary>The id of this provider there.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client secret. None for Apple, whose secret is made from the key, and for a public client of type
    /// OpenIdConnect.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>The name on the button, 1 to 60 characters; the type's own by default.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>The scopes in place of the type's own, in addition to <c>openid</c>.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>The position of the button: lower numbers first, equal ones by name.</summary>
    public int Order { get; set; } = 100;

    /// <summary>Whether this provider is trusted to verify addresses: with a verified one, a person may create an
    /// account here without a password. <c>Identity:Registration</c> still decides who may sign up.</summary>
    public bool SignUp { get; set; }

    /// <summary>The domains whose people sign in with this provider, such as <c>example.com</c>, without subdomains.
    /// Used by an identifier-first sign-in, which goes there at once; an address of the domain still may sign in
    /// here.</summary>
    public IList<string> Domains { get; } = [];

    /// <summary>Microsoft: <c>common</c>, <c>organizations</c>, <c>consumers</c>, or the id or a domain of one
    /// tenant.</summary>
    public string Tenant { get; set; } = EntraTokens.Common;

    /// <summary>Apple: the id of the team, 10 characters.</summary>
    public string? TeamId { get; set; }

    /// <summary>Apple: the id of the key, 10 characters.</summary>
    public string? KeyId { get; set; }

    /// <summary>Apple: the path of the private key (.p8) for Sign in with Apple.</summary>
    public string? KeyFile { get; set; }

    public ExternalProviderTraits Traits => ExternalProviderTraits.Of(Type);

    /// <summary>The name on the button.</summary>
    public string ShownName => DisplayName.Length > 0 ? DisplayName : Traits.DisplayName;

    /// <summary>The issuer, without a final slash unless the operator wrote one.</summary>
    public string Issuer =>
        Type == ExternalProviderType.Microsoft
            ? $"{Traits.Authority}/{Tenant}/v2.0"
            : Authority ?? Traits.Authority ?? "";
}

internal sealed class ExternalProviderOptionsValidator : IValidateOptions<ExternalProviderOptions>
{
    private const int MaxNameLength = 40;
    private const int MaxDisplayNameLength = 60;
    private const int AppleIdLength = 10;

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
        if (!Enum.IsDefined(options.Type))
        {
            failures.Add($"{section}:Type: must be one of {string.Join(", ", Enum.GetNames<ExternalProviderType>())}.");
            return ValidateOptionsResult.Fail(failures);
        }
        failures.AddRange(Common(options).Concat(OfType(options)).Select(failure => $"{section}:{failure}"));
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Common(ExternalProviderOptions options)
    {
        if (!options.Traits.HasOwnInstances && options.Authority is not null)
            yield return $"Authority: is known for {options.Type}; remove it.";
        else if (!IsAddress(options.Authority ?? options.Traits.Authority))
            yield return "Authority: must be the https address of the provider's issuer; http is for this machine "
                + "only.";
        if (string.IsNullOrWhiteSpace(options.ClientId))
            yield return "ClientId: is missing.";
        if (
            string.IsNullOrWhiteSpace(options.ShownName)
            || options.ShownName.Length > MaxDisplayNameLength
            || options.ShownName.Any(char.IsControl)
        )
            yield return $"DisplayName: must be 1 to {MaxDisplayNameLength} characters.";
        foreach (var domain in options.Domains.Where(static domain => EmailAddress.CanonicalDomain(domain) is null))
            yield return $"Domains: '{domain}' is not a domain such as example.com.";
    }

    private static IEnumerable<string> OfType(ExternalProviderOptions options)
    {
        if (options.Type == ExternalProviderType.Apple)
            return OfApple(options);
        List<string> failures = [];
        if (options.Type != ExternalProviderType.OpenIdConnect && string.IsNullOrWhiteSpace(options.ClientSecret))
            failures.Add("ClientSecret: is missing.");
        if (options.Type == ExternalProviderType.Microsoft && !EntraTokens.IsTenant(options.Tenant))
            failures.Add("Tenant: must be common, organizations, consumers, or the id or a domain of a tenant.");
        return failures;
    }

    private static IEnumerable<string> OfApple(ExternalProviderOptions options)
    {
        if (options.ClientSecret is not null)
            yield return "ClientSecret: is made from KeyFile; remove it.";
        if (options.TeamId is not { Length: AppleIdLength })
            yield return $"TeamId: must be the {AppleIdLength} characters of the team.";
        if (options.KeyId is not { Length: AppleIdLength })
            yield return $"KeyId: must be the {AppleIdLength} characters of the key.";
        if (!IsKey(options.KeyFile))
            yield return "KeyFile: must be a readable file with an unencrypted P-256 private key (.p8).";
    }

    private static bool IsKey(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return false;
        try
        {
            using var key = AppleClientSecrets.ReadKey(path);
            return key.KeySize == AppleClientSecrets.KeySize;
        }
        catch (Exception unusable)
            when (unusable
                    is IOException
                        or UnauthorizedAccessException
                        or ArgumentException
                        or NotSupportedException
                        or CryptographicException
            )
        {
            return false;
        }
    }

    private static bool IsAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
