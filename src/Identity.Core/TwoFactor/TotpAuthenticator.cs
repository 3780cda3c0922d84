using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.TwoFactor;

/// <summary>Codes of an authenticator app: set-up, check and removal. The caller must have done a step-up (SE-10,
/// MF-5).</summary>
public sealed class TotpAuthenticator(
    Database database,
    MasterKey master,
    TimeProvider time,
    SecondFactorAttempts attempts,
    SessionStore sessions,
    SecurityNotices notices,
    AuditLog audit,
    IOptions<MailOptions> product
)
{
    internal const string Kind = "totp";
    private const string EnrolmentKind = "totp_enrolment";
    internal const string SecretPurpose = "totp_secret";
    private const string EnrolmentPurpose = "totp_enrolment";
    private static readonly TimeSpan EnrolmentLifetime = TimeSpan.FromMinutes(15);

    /// <summary>Begins with a new secret; nothing is stored. Answer with <c>no-store</c>, because the page shows
    /// it.</summary>
    public TotpEnrolment Begin(UserAccount user, Guid sessionId)
    {
        var secret = TotpCode.NewSecret();
        var uri = TotpCode.Uri(secret, product.Value.FromName, user.Email);
        return new(Seal(secret, user.Id, sessionId), TotpCode.ManualKey(secret), uri, QrCodeImage.Svg(uri));
    }

    /// <summary>The same enrolment, to show it again after a wrong code; null if it has expired.</summary>
    public TotpEnrolment? Resume(UserAccount user, Guid sessionId, string? sealedEnrolment)
    {
        if (Unprotect(sealedEnrolment, user.Id, sessionId) is not { } secret)
            return null;
        var uri = TotpCode.Uri(secret, product.Value.FromName, user.Email);
        return new(sealedEnrolment!, TotpCode.ManualKey(secret), uri, QrCodeImage.Svg(uri));
    }

    /// <summary> Completes the set-up with a code of the new secret: secret, recovery codes, end of the other sessions,
    /// new token of this one and notice are one transaction. It consumes the time step of the code (MF-1).
    /// </summary>
    public async Task<TotpEnrolmentResult> ConfirmAsync(
        CredentialProof proof,
        string? sealedEnrolment,
        string? code,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var (userId, sessionId) = (proof.UserId, proof.SessionId!.Value);
        if (Unprotect(sealedEnrolment, userId, sessionId) is not { } secret)
            return new TotpEnrolmentResult.Over();
        var start = await attempts.BeginAsync(EnrolmentKind, userId, cancellationToken);
        if (start is not AttemptStart.Granted { Attempt: var granted })
            return new TotpEnrolmentResult.Locked(((AttemptStart.Refused)start).RetryAfter);
        await using var attempt = granted;
        if (TotpCode.StepOf(secret, code ?? "", time.GetUtcNow()) is not { } step)
        {
            await attempts.FailAsync(attempt, EnrolmentKind, userId, request);
            return new TotpEnrolmentResult.WrongCode();
        }

        var kept = master.Protect(SecretPurpose, userId.ToString("D"), secret);
        return await database.InTransactionAsync<TotpEnrolmentResult>(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return new TotpEnrolmentResult.Over();
                var enabled = await transaction.QuerySingleOrDefaultAsync<long?>(
                    $"""
                    UPDATE public.users SET two_factor_enabled = true, two_factor_secret = @secret,
                        two_factor_last_step = @step,
                        two_factor_enabled_at = now(), {CredentialVersions.Raise}
                    WHERE id = @id AND NOT two_factor_enabled RETURNING credential_version
                    """,
                    static row => row.GetInt64(0),
                    cancel,
                    ("id", userId),
                    ("secret", kept),
                    ("step", step)
                );
                if (
                    enabled is not { } version
                    || await sessions.RotateAsync(transaction, sessionId, cancel) is not { } token
                )
                    return new TotpEnrolmentResult.Over();
                await attempts.SucceedAsync(transaction, attempt, EnrolmentKind, userId, request);
                var shown = await RecoveryCodeSet.WriteAsync(transaction, userId, cancel);
                await TotpRemoval.ForgetDevicesAsync(transaction, userId, cancel);
                await sessions.EndAllAsync(transaction, userId, sessionId, EndReason.Revoked, request, cancel);
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.TwoFactorEnabled,
                        AuditStatus.Success,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        new Dictionary<string, object?> { ["method"] = Kind, ["key_id"] = master.CurrentId }
                    ),
                    cancel
                );
                await notices.QueueAsync(transaction, userId, MailKind.TwoFactorEnabled, request, cancel);
                return new TotpEnrolmentResult.Enabled(shown, token, new(userId, version));
            },
            cancellationToken
        );
    }

    /// <summary>Checks a code. Of any number of parallel uses of one code, at most one is accepted (MF-1).</summary>
    /// <param name="proof">The proof of the first factor.</param>
    public async Task<SecondFactorResult> VerifyAsync(
        CredentialProof proof,
        string? code,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var userId = proof.UserId;
        var start = await attempts.BeginAsync(Kind, userId, cancellationToken);
        if (start is not AttemptStart.Granted { Attempt: var granted })
        {
            await attempts.FailAsync(null, Kind, userId, request);
            return new SecondFactorResult.Locked(((AttemptStart.Refused)start).RetryAfter);
        }

        await using var attempt = granted;
        var kept = await database.QuerySingleOrDefaultAsync<byte[]?>(
            $"""
            SELECT u.two_factor_secret FROM public.users u
            WHERE u.id = @id AND u.credential_version = @version AND u.two_factor_enabled
                AND u.two_factor_secret IS NOT NULL AND {AccountState.MayAct}
            """,
            static row => row.GetFieldValue<byte[]>(0),
            CancellationToken.None,
            ("id", userId),
            ("version", proof.Version)
        );
        if (kept is not null)
        {
            // Without its key the code cannot be checked, so the attempt is released.
            if (Unprotect(kept, userId) is not { } secret)
                return new SecondFactorResult.Unavailable();
            if (
                TotpCode.StepOf(secret, code ?? "", time.GetUtcNow()) is { } step
                && await ClaimAsync(proof, step, attempt, request)
            )
                return new SecondFactorResult.Accepted();
        }
        await attempts.FailAsync(attempt, Kind, userId, request);
        return new SecondFactorResult.Wrong();
    }

    /// <summary>Switches the second factor off and removes recovery codes and trusted browsers. Returns the session's
    /// new token; null if it was already off or the session has ended.</summary>
    public Task<OpaqueToken?> DisableAsync(
        CredentialProof proof,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<OpaqueToken?>(
            async (transaction, cancel) =>
            {
                var userId = proof.UserId;
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return null;
                if (!await TotpRemoval.RemoveAsync(transaction, userId, cancel))
                    return null;
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.TwoFactorDisabled,
                        AuditStatus.Success,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        null
                    ),
                    cancel
                );
                await notices.QueueAsync(transaction, userId, MailKind.TwoFactorDisabled, request, cancel);
                return await sessions.RotateAsync(transaction, proof.SessionId!.Value, cancel);
            },
            cancellationToken
        );

    /// <summary>Claims a time step in one conditional statement, so that each works once.</summary>
    internal Task<bool> ClaimAsync(CredentialProof proof, long step, Attempt? attempt, RequestContext request) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var claimed = await transaction.ExecuteAsync(
                    """
                    UPDATE public.users SET two_factor_last_step = @step
                    WHERE id = @id AND credential_version = @version AND two_factor_enabled
                        AND (two_factor_last_step IS NULL OR two_factor_last_step < @step)
                    """,
                    cancel,
                    ("id", proof.UserId),
                    ("version", proof.Version),
                    ("step", step)
                );
                if (claimed == 0)
                    return false;
                await attempts.SucceedAsync(transaction, attempt, Kind, proof.UserId, request);
                return true;
            },
            CancellationToken.None
        );

    private byte[]? Unprotect(byte[] kept, Guid userId)
    {
        try
        {
            return master.Unprotect(SecretPurpose, userId.ToString("D"), kept);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private string Seal(byte[] secret, Guid userId, Guid sessionId)
    {
        Span<byte> plain = stackalloc byte[sizeof(long) + TotpCode.SecretBytes];
        BinaryPrimitives.WriteInt64BigEndian(plain, (time.GetUtcNow() + EnrolmentLifetime).ToUnixTimeSeconds());
        secret.CopyTo(plain[sizeof(long)..]);
        return Base64Url.EncodeToString(master.Protect(EnrolmentPurpose, $"{userId:D}:{sessionId:D}", plain));
    }

    private byte[]? Unprotect(string? sealedEnrolment, Guid userId, Guid sessionId)
    {
        const int longest = 256;
        if (sealedEnrolment is not { Length: > 0 and <= longest } || !Base64Url.IsValid(sealedEnrolment))
            return null;
        try
        {
            var plain = master.Unprotect(
                EnrolmentPurpose,
                $"{userId:D}:{sessionId:D}",
                Base64Url.DecodeFromChars(sealedEnrolment)
            );
            return BinaryPrimitives.ReadInt64BigEndian(plain) > time.GetUtcNow().ToUnixTimeSeconds()
                ? plain[sizeof(long)..]
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
