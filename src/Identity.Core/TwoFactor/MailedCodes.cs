using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Throttling;

namespace Identity.Core.TwoFactor;

/// <summary>
/// A mailed code for a pending sign-in: six digits, valid once, for ten minutes, in the browser of the sign-in. It
/// proves access to the account's mailbox. It is not a second factor, because a mailed link also resets the password
/// (NIST SP 800-63B-4 section 3.1.3.1).
/// </summary>
public sealed class MailedCodes(
    Database database,
    SecondFactorAttempts attempts,
    SecurityNotices notices,
    MasterKey master
)
{
    internal const string Kind = "mail";
    private const int Digits = 6;

    private readonly byte[] _key = master.DeriveKey("mailed_code");

    /// <summary>Mails a new code, which invalidates the previous one. Returns false if the sign-in has ended or the
    /// limit of mails is reached; the previous code then stays valid.</summary>
    /// <param name="challenge">The pending sign-in.</param>
    public Task<bool> SendAsync(
        OpaqueToken challenge,
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var code = RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
                if (
                    !await notices.QueueAsync(transaction, userId, MailKind.SignInCode, request, cancel, ("code", code))
                )
                    return false;
                return await transaction.ExecuteAsync(
                        $"""
                        UPDATE idp.login_challenges
                        SET mail_code_hash = @code, expires_at = now() + interval '10 minutes'
                        WHERE {LoginChallengeStore.Live} AND user_id = @user
                        """,
                        cancel,
                        ("hash", challenge.Digest),
                        ("user", userId),
                        ("code", HashOf(challenge, code))
                    ) == 1;
            },
            cancellationToken
        );

    /// <summary>Consumes a code. Of any number of parallel attempts one is accepted (BF-2); 5 wrong codes block mailed
    /// codes for 30 minutes (BF-4).</summary>
    public async Task<SecondFactorResult> VerifyAsync(
        OpaqueToken challenge,
        Guid userId,
        string? typed,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var start = await attempts.BeginAsync(Kind, userId, cancellationToken);
        if (start is not AttemptStart.Granted { Attempt: var granted })
        {
            await attempts.FailAsync(null, Kind, userId, request);
            return new SecondFactorResult.Locked(((AttemptStart.Refused)start).RetryAfter);
        }
        await using var attempt = granted;
        if (
            typed is { Length: Digits }
            && typed.All(char.IsAsciiDigit)
            && await ConsumeAsync(challenge, userId, typed, attempt, request)
        )
            return new SecondFactorResult.Accepted();
        await attempts.FailAsync(attempt, Kind, userId, request);
        return new SecondFactorResult.Wrong();
    }

    /// <summary>Whether a mailed code may stand in for the second factor of a person: the same first factor was used
    /// together with a real second one since the password was last changed. Whoever resets the password through the
    /// mailbox would otherwise need nothing but the mailbox.</summary>
    /// <param name="firstFactor">The first factor of the sign-in (RFC 8176), such as <c>pwd</c>.</param>
    public Task<bool> MayStandInAsync(Guid userId, string firstFactor, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            """
            SELECT EXISTS (SELECT FROM public.sessions s JOIN public.users u ON u.id = s.user_id
                WHERE u.id = @user AND s.amr @> ARRAY[@first, 'mfa']::text[]
                    AND greatest(s.created_at, s.step_up_at) >= coalesce(u.password_changed_at, '-infinity'))
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("user", userId),
            ("first", firstFactor)
        );

    private Task<bool> ConsumeAsync(
        OpaqueToken challenge,
        Guid userId,
        string code,
        Attempt attempt,
        RequestContext request
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var used = await transaction.ExecuteAsync(
                    $"""
                    UPDATE idp.login_challenges SET mail_code_hash = NULL
                    WHERE {LoginChallengeStore.Live} AND user_id = @user AND mail_code_hash = @code
                    """,
                    cancel,
                    ("hash", challenge.Digest),
                    ("user", userId),
                    ("code", HashOf(challenge, code))
                );
                if (used == 0)
                    return false;
                await attempts.SucceedAsync(transaction, attempt, Kind, userId, request);
                return true;
            },
            CancellationToken.None
        );

    // Keyed and bound to the sign-in, because a plain hash of six digits is found at once.
    private byte[] HashOf(OpaqueToken challenge, string code) =>
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{challenge.Value}:{code}"));
}
