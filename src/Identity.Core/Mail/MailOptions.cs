using Identity.Core.Primitives;
using Microsoft.Extensions.Options;

namespace Identity.Core.Mail;

/// <summary>How the connection to the mail server is secured.</summary>
public enum MailSecurity
{
    /// <summary>STARTTLS; nothing is sent if the server does not offer it.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,

    /// <summary>Plain: for a server on this machine or in a private network.</summary>
    None,
}

/// <summary>Section <c>Identity:Mail</c>. Without a host nothing is sent: in Development the mailbox page shows the
/// mails, elsewhere they wait.</summary>
public sealed class MailOptions
{
    public const string Section = "Identity:Mail";
    private const int MaxFromNameLength = 100;

    /// <summary>The SMTP server.</summary>
    public string? Host { get; set; }

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary>How the connection is secured.</summary>
    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    /// <summary>The user name for the server; null if it requires no sign-in.</summary>
    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender's address.</summary>
    public string From { get; set; } = "no-reply@localhost.invalid";

    /// <summary>The sender's name, which the texts also use as the product's name.</summary>
    public string FromName { get; set; } = "Identity";

    /// <summary>The timeout for connecting, for signing in and for the delivery of a mail. Default: 30
    /// seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause after the first failure; it doubles with each further one up to an hour. Default: 10
    /// seconds.</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many mails that anyone can request an address gets in an hour, over all kinds (RV-10). Default:
    /// 5.</summary>
    public int MaxPerHour { get; set; } = 5;

    /// <summary>How many mails that anyone can request an address gets in a day, over all kinds. Default: 20.</summary>
    public int MaxPerDay { get; set; } = 20;

    internal static void Check(MailOptions options, List<string> failures)
    {
        if (options.Port is < 1 or > 65535)
            failures.Add($"{Section}:Port: must be 1 to 65535.");
        if (!EmailAddress.TryParse(options.From, out _))
            failures.Add($"{Section}:From: must be a bare e-mail address.");
        if (
            !string.IsNullOrEmpty(options.Host) && options.From.EndsWith(".invalid", StringComparison.OrdinalIgnoreCase)
        )
            failures.Add($"{Section}:From: must be set when Host is.");
        if (
            string.IsNullOrWhiteSpace(options.FromName)
            || options.FromName.Length > MaxFromNameLength
            || options.FromName.Any(char.IsControl)
        )
            failures.Add($"{Section}:FromName: must be 1 to {MaxFromNameLength} characters on one line.");
        if (string.IsNullOrEmpty(options.UserName) != string.IsNullOrEmpty(options.Password))
            failures.Add($"{Section}:Password: UserName and Password come together.");
        if (!string.IsNullOrEmpty(options.Password) && options.Security == MailSecurity.None)
            failures.Add($"{Section}:Security: a password is not sent over a plain connection; use StartTls or Tls.");
        if (options.Timeout < TimeSpan.FromSeconds(1) || options.Timeout > TimeSpan.FromMinutes(1))
            failures.Add($"{Section}:Timeout: must be one second to one minute.");
        if (options.FirstRetry < TimeSpan.FromMilliseconds(100) || options.FirstRetry > TimeSpan.FromHours(1))
            failures.Add($"{Section}:FirstRetry: must be 100 milliseconds to one hour.");
        if (options.MaxPerHour < 1 || options.MaxPerDay < options.MaxPerHour)
            failures.Add($"{Section}:MaxPerDay: must be at least MaxPerHour, which must be 1 or more.");
    }
}

internal sealed class MailOptionsValidator : IValidateOptions<MailOptions>
{
    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        List<string> failures = [];
        MailOptions.Check(options, failures);
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
