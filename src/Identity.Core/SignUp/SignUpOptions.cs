using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.SignUp;

/// <summary>Section <c>Identity:Registration</c>.</summary>
public sealed class SignUpOptions
{
    public const string Section = "Identity:Registration";

    /// <summary>Whether people may sign up. If not, an administrator creates accounts or sends invitations.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>The domains whose email addresses may sign up, such as <c>example.com</c>; none means every domain.
    /// Subdomains count only if they are listed. An invitation may go to any address.</summary>
    public IList<string> EmailDomains { get; } = [];

    /// <summary>Whether signing in requires a verified address.</summary>
    public bool RequireVerifiedEmail { get; set; } = true;

    /// <summary>Whether somebody with this address may sign up. The answer depends on the settings alone, never on
    /// whether there is an account (EN-1).</summary>
    public bool Allows(EmailAddress address) =>
        EmailDomains.Count == 0 || EmailDomains.Any(domain => EmailAddress.CanonicalDomain(domain) == address.Domain);
}

internal sealed class SignUpOptionsValidator : IValidateOptions<SignUpOptions>
{
    public ValidateOptionsResult Validate(string? name, SignUpOptions options)
    {
        string[] wrong =
        [
            .. options
                .EmailDomains.Where(static domain => EmailAddress.CanonicalDomain(domain) is null)
                .Select(static domain =>
                    $"{SignUpOptions.Section}:EmailDomains: '{domain}' is not a domain such as example.com."
                ),
        ];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
