using Identity.Core.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Mail;

/// <summary>The links that mails carry. They begin with the configured issuer, never with the host of a request
/// (RV-9).</summary>
public sealed class MailLinks(IConfiguration configuration, IHostEnvironment environment)
{
    private const string DevelopmentIssuer = "http://localhost:5000";

    /// <summary>Proves the address of an account.</summary>
    public Uri VerifyEmail(OpaqueToken token) => To("/verify-email", token);

    /// <summary>Sets a new password.</summary>
    public Uri ResetPassword(OpaqueToken token) => To("/reset-password", token);

    /// <summary>Creates the account that somebody was invited to.</summary>
    public Uri Invitation(OpaqueToken token) => To("/invitation", token);

    /// <summary>Signs in, in the browser that asked.</summary>
    public Uri MagicLink(OpaqueToken token) => To("/magic-link", token);

    /// <summary>Confirms a new address; asks to sign in first.</summary>
    public Uri ConfirmEmailChange(OpaqueToken token) => To("/account/email/confirm", token);

    /// <summary>Undoes a change of address.</summary>
    public Uri RevertEmailChange(OpaqueToken token) => To("/revert-email", token);

    /// <summary>Secures the account.</summary>
    public Uri SecureAccount(OpaqueToken token) => To("/secure-account", token);

    /// <summary>The page to request a new password.</summary>
    public Uri ForgotPassword => To("/forgot-password", null);

    /// <summary>The sign-in page.</summary>
    public Uri SignIn => To("/sign-in", null);

    /// <summary>The account page.</summary>
    public Uri Account => To("/account", null);

    private Uri To(string path, OpaqueToken? token)
    {
        var issuer =
            configuration["Identity:Issuer"] is { Length: > 0 } configured ? configured
            : environment.IsDevelopment() ? DevelopmentIssuer
            : throw new InvalidOperationException("Identity:Issuer: is missing, so no link can be written.");
        return new Uri(issuer.TrimEnd('/') + path + (token is null ? "" : "?token=" + token.Value), UriKind.Absolute);
    }
}
