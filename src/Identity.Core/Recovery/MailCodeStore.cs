using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.Recovery;

/// <summary>Sign-in codes: six digits by mail that work once, for 10 minutes, and only in the browser that requested
/// them. Only for proved addresses. A code is only a first factor: who reads the mailbox can reset the password,
/// too (NIST SP 800-63B-4 section 3.1.3.1).</summary>
public sealed class MailCodeStore(
    Database database,
    MailRequests requests,
    AttemptLimiter limiter,
    MailOutbox outbox,
    MasterKey master,
    AuditLog audit,
    IOptions<RecoveryOptions> options
)
{
    private const int Digits = 6;
    private const string ReturnUrlPurpose = "sign_in_code_return_url";

    /// <summary>10 wrong codes for one address, with any number of codes and browsers, stop codes for it for a day. Of
    /// a million codes, that leaves a chance of one in 100,000 a day. Passwords and links go on.</summary>
    private static readonly AttemptLimit PerAddress = new(10, TimeSpan.FromDays(1), TimeSpan.FromDays(1));

    // Counts the try in the statement that compares, so that parallel guesses cannot outrun the count (BF-2). A code
    // that was requested for nobody has no user and is counted alike (EN-1).
    private const string Claim = $"""
        UPDATE idp.sign_in_codes c SET tries = tries + 1, used_at = CASE WHEN c.code_hash = @code AND EXISTS (
            SELECT FROM public.users u WHERE u.id = c.user_id AND u.credential_version = c.credential_version
                AND {AccountState.MayAct} AND u.email_verified) THEN now() END
        WHERE c.browser_hash = @browser AND c.used_at IS NULL AND c.expires_at > now() AND c.tries < 5
        RETURNING c.used_at IS NOT NULL, c.user_id, c.credential_version, c.return_url_protected
        """;

    private readonly byte[] _key = master.DeriveKey("sign_in_code");

    /// <summary>Whether sign-in codes are on.</summary>
    public bool IsOn => options.Value.MailCodes;

    /// <summary>Mails a code if the typed address has an account. Answer and work are the same for every address
    /// (EN-1).</summary>
    public async Task<MagicLinkRequestResult> RequestAsync(
        string? email,
        string? locale,
        string? returnUrl,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!IsOn)
            return new MagicLinkRequestResult.Off();
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new MagicLinkRequestResult.Throttled(wait);
        var (found, to) = await requests.FindAsync(email, cancellationToken);
        var user = found is { EmailVerified: true } ? found : null;
        var browser = OpaqueToken.Create();
        var code = RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
        await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await MailRequests.LockAsync(transaction, user?.Id ?? Guid.Empty, cancel);
                MailMessage message = new(MailKind.MailCode, to, user?.Id, MailRequests.LocaleOf(user, locale))
                {
                    Values = new Dictionary<string, string> { ["code"] = code },
                };
                if (user is null)
                    await outbox.DryRunAsync(transaction, message, cancel);
                var queued = user is not null && await outbox.QueueAsync(transaction, message, cancel);
                NewCode row = new(browser, code, to, queued ? user : null, returnUrl);
                await ReplaceAsync(transaction, row, cancel);
                var status =
                    user is null ? AuditStatus.Failure
                    : queued ? AuditStatus.Success
                    : AuditStatus.Blocked;
                await AuditAsync(transaction, AuditEventTypes.SignInCodeRequested, status, user?.Id, request);
            },
            cancellationToken
        );
        return new MagicLinkRequestResult.Accepted(browser);
    }

    /// <summary>Uses the code up. Of any number of parallel uses one is accepted; five tries are counted for each code,
    /// and ten wrong ones for each address.</summary>
    public async Task<MailCodeResult> RedeemAsync(
        OpaqueToken browser,
        string? typed,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!IsOn || await FindCounterAsync(browser, cancellationToken) is not { } counter)
            return new MailCodeResult.Over();
        var start = await limiter.BeginAsync(counter, PerAddress, cancellationToken);
        if (start is not AttemptStart.Granted { Attempt: var granted })
            return new MailCodeResult.Locked(((AttemptStart.Refused)start).RetryAfter);
        await using var attempt = granted;
        var code = typed is { Length: Digits } && typed.All(char.IsAsciiDigit) ? typed : "";
        var (outcome, returnUrl) = await ConsumeAsync(browser, code, attempt, request);
        if (outcome is not { IsRight: true, UserId: { } userId, Version: { } version })
            return outcome is null ? new MailCodeResult.Over() : new MailCodeResult.Wrong();
        return new MailCodeResult.Proved(new CredentialProof(userId, version), returnUrl);
    }

    private sealed record Outcome(bool IsRight, Guid? UserId, long? Version, byte[]? ReturnUrl);

    private sealed record NewCode(
        OpaqueToken Browser,
        string Code,
        EmailAddress To,
        UserAccount? User,
        string? ReturnUrl
    );

    private Task<(Outcome? Outcome, string? ReturnUrl)> ConsumeAsync(
        OpaqueToken browser,
        string code,
        Attempt attempt,
        RequestContext request
    ) =>
        database.InTransactionAsync<(Outcome? Outcome, string? ReturnUrl)>(
            async (transaction, cancel) =>
            {
                var outcome = await transaction.QuerySingleOrDefaultAsync<Outcome?>(
                    Claim,
                    static row =>
                        new(
                            row.GetBoolean(0),
                            row.IsDBNull(1) ? null : row.GetGuid(1),
                            row.IsDBNull(2) ? null : row.GetInt64(2),
                            row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)
                        ),
                    cancel,
                    ("browser", browser.Digest),
                    ("code", HashOf(browser, code))
                );
                // Nothing was compared: the attempt is released.
                if (outcome is null)
                    return (null, null);
                if (outcome.IsRight)
                    await attempt.SucceedAsync(transaction);
                else
                    await attempt.FailAsync(transaction);
                var status = outcome.IsRight ? AuditStatus.Success : AuditStatus.Failure;
                await AuditAsync(transaction, AuditEventTypes.SignInCodeUsed, status, outcome.UserId, request);
                return (outcome, KeptReturnUrl.Unprotect(master, ReturnUrlPurpose, Name(browser), outcome.ReturnUrl));
            },
            // A counted try is committed although the browser has gone.
            CancellationToken.None
        );

    // The counter of the address that was typed when the code was requested.
    private async Task<AttemptKey?> FindCounterAsync(OpaqueToken browser, CancellationToken cancellationToken) =>
        await database.QuerySingleOrDefaultAsync<byte[]?>(
            "SELECT counter FROM idp.sign_in_codes WHERE browser_hash = @browser AND used_at IS NULL "
                + "AND expires_at > now() AND tries < 5",
            static row => row.GetFieldValue<byte[]>(0),
            cancellationToken,
            ("browser", browser.Digest)
        )
            is { } counter
            ? new AttemptKey(counter)
            : null;

    private async Task ReplaceAsync(DatabaseTransaction transaction, NewCode row, CancellationToken cancellationToken)
    {
        var kept = KeptReturnUrl.Protect(master, ReturnUrlPurpose, Name(row.Browser), row.ReturnUrl);
        await transaction.ExecuteAsync(
            "UPDATE idp.sign_in_codes SET used_at = now() WHERE user_id = @id AND used_at IS NULL",
            cancellationToken,
            ("id", row.User?.Id ?? Guid.Empty)
        );
        await transaction.ExecuteAsync(
            """
            INSERT INTO idp.sign_in_codes (browser_hash, user_id, credential_version, code_hash, counter,
                return_url_protected)
            VALUES (@browser, @user, @version, @code, @counter, @return_url)
            """,
            cancellationToken,
            ("browser", row.Browser.Digest),
            ("user", SqlNull.Uuid(row.User?.Id)),
            ("version", SqlNull.Bigint(row.User?.CredentialVersion)),
            ("code", HashOf(row.Browser, row.Code)),
            ("counter", limiter.Key("sign_in_code", row.To.Canonical).Value),
            ("return_url", SqlNull.Bytes(kept))
        );
    }

    // Keyed and bound to the browser: six digits alone are guessed from a hash at once.
    private byte[] HashOf(OpaqueToken browser, string code) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{browser.Value}:{code}"));

    private static string Name(OpaqueToken browser) => Convert.ToHexStringLower(browser.Digest.Value);

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        AuditStatus status,
        Guid? userId,
        RequestContext request
    ) =>
        audit.AppendAsync(
            transaction,
            new(type, status, userId, request.IpAddress, request.UserAgent, null),
            CancellationToken.None
        );
}
