using Identity.Core.Users;

namespace Identity.Server.Pages.Account;

/// <summary>The step that would protect an account best, and its page. Its text is
/// <c>Checkup.Next.&lt;step&gt;</c>.</summary>
internal static class SecurityCheckup
{
    /// <summary>With fewer recovery codes than this, creating new ones is the next step.</summary>
    public const int FewRecoveryCodes = 3;

    public sealed record Step(string Name, string Path);

    public static readonly Step Email = new("Email", "/check-mail");
    public static readonly Step TwoFactor = new("TwoFactor", "/account/two-factor/set-up");
    public static readonly Step Codes = new("Codes", "/account/two-factor");
    public static readonly Step Passkey = new("Passkey", "/account/passkeys");
    public static readonly Step SecondPasskey = new("SecondPasskey", "/account/passkeys");

    /// <summary>The next step; null if there is nothing to do. Recovery comes before protection, and protection before
    /// convenience.</summary>
    public static Step? Next(UserAccount account, SecurityStatus status)
    {
        if (!account.EmailVerified)
            return Email;
        if (account.TwoFactorEnabled && status.RecoveryCodesLeft < FewRecoveryCodes)
            return Codes;
        if (account.HasPassword && !account.TwoFactorEnabled)
            return TwoFactor;
        if (status.Passkeys == 0)
            return Passkey;
        return !account.HasPassword && status.Passkeys == 1 && status.ExternalLogins == 0 ? SecondPasskey : null;
    }
}
