using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;

namespace Identity.Core.TwoFactor;

/// <summary> Ten codes for a lost phone: 100 random bits each, shown once, each valid once (MF-6). The database stores
/// SHA-256 over the id of the set and the code: with 100 bits no slower hash is needed, and there is no key that could
/// be lost (MF-4).
/// </summary>
public sealed class RecoveryCodeSet(
    Database database,
    SecondFactorAttempts attempts,
    SessionStore sessions,
    SecurityNotices notices,
    AuditLog audit
)
{
    /// <summary>Codes in a set.</summary>
    public const int Count = 10;

    internal const string Kind = "recovery_code";
    private const int CodeLength = 20;
    private const int GroupLength = 5;

    // Thirty-two characters that are not mistaken for one another: no I, L, O, U.
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Consumes a code. Of any number of parallel uses, one is accepted.</summary>
    /// <param name="proof">The proof of the first factor.</param>
    public async Task<SecondFactorResult> RedeemAsync(
        CredentialProof proof,
        string? code,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var start = await attempts.BeginAsync(Kind, proof.UserId, cancellationToken);
        if (start is not AttemptStart.Granted { Attempt: var granted })
        {
            await attempts.FailAsync(null, Kind, proof.UserId, request);
            return new SecondFactorResult.Locked(((AttemptStart.Refused)start).RetryAfter);
        }
        await using var attempt = granted;
        if (Normalize(code) is { } normal && await ConsumeAsync(proof, normal, attempt, request))
            return new SecondFactorResult.Accepted();
        await attempts.FailAsync(attempt, Kind, proof.UserId, request);
        return new SecondFactorResult.Wrong();
    }

    /// <summary>The number of unused codes.</summary>
    public async Task<int> CountLeftAsync(Guid userId, CancellationToken cancellationToken) =>
        await CountLeftAsync((SqlSession)database, userId, cancellationToken);

    /// <summary>Replaces the set; the old codes stop working. Returns the codes, available only here, and the session's
    /// new token (SE-2). Null if the second factor is off or the session has ended.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<(IReadOnlyList<string> Codes, OpaqueToken SessionToken)?> ReplaceAsync(
        CredentialProof proof,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<(IReadOnlyList<string>, OpaqueToken)?>(
            async (transaction, cancel) =>
            {
                var userId = proof.UserId;
                if (
                    !await CredentialVersions.HoldAsync(transaction, proof, cancel)
                    || await transaction.ExecuteAsync(
                        $"UPDATE public.users SET {CredentialVersions.Raise} WHERE id = @id AND two_factor_enabled",
                        cancel,
                        ("id", userId)
                    ) == 0
                    || await sessions.RotateAsync(transaction, proof.SessionId!.Value, cancel) is not { } token
                )
                    return null;
                var shown = await WriteAsync(transaction, userId, cancel);
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.RecoveryCodesReplaced,
                        AuditStatus.Success,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        null
                    ),
                    cancel
                );
                await notices.QueueAsync(transaction, userId, MailKind.RecoveryCodesReplaced, request, cancel);
                return (shown, token);
            },
            cancellationToken
        );

    /// <summary>Replaces the old set with a new one.</summary>
    internal static async Task<IReadOnlyList<string>> WriteAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    )
    {
        string[] codes =
        [
            .. Enumerable.Range(0, Count).Select(static _ => RandomNumberGenerator.GetString(Alphabet, CodeLength)),
        ];
        var set = Guid.NewGuid();
        await transaction.ExecuteAsync(
            "DELETE FROM idp.recovery_codes WHERE user_id = @id",
            cancellationToken,
            ("id", userId)
        );
        await transaction.ExecuteAsync(
            """
            INSERT INTO idp.recovery_codes (user_id, set_id, number, code_hash)
            SELECT @id, @set, number, code_hash FROM unnest(@hashes) WITH ORDINALITY AS c (code_hash, number)
            """,
            cancellationToken,
            ("id", userId),
            ("set", set),
            ("hashes", codes.Select(code => Hash(set, code).Value).ToArray())
        );
        return
        [
            .. codes.Select(static code =>
                string.Join('-', code.Chunk(GroupLength).Select(static group => new string(group)))
            ),
        ];
    }

    internal Task<bool> ConsumeAsync(
        CredentialProof proof,
        string normalCode,
        Attempt? attempt,
        RequestContext request
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (!await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return false;
                var userId = proof.UserId;
                var set = await transaction.QuerySingleOrDefaultAsync<Guid?>(
                    """
                    SELECT c.set_id FROM idp.recovery_codes c JOIN public.users u ON u.id = c.user_id
                    WHERE c.user_id = @id AND u.two_factor_enabled LIMIT 1
                    """,
                    static row => row.GetGuid(0),
                    cancel,
                    ("id", userId)
                );
                if (
                    set is not { } setId
                    || await transaction.ExecuteAsync(
                        "UPDATE idp.recovery_codes SET used_at = now() WHERE user_id = @id AND set_id = @set "
                            + "AND code_hash = @hash AND used_at IS NULL",
                        cancel,
                        ("id", userId),
                        ("set", setId),
                        ("hash", Hash(setId, normalCode))
                    ) == 0
                )
                    return false;
                await attempts.SucceedAsync(transaction, attempt, Kind, userId, request);
                var left = await CountLeftAsync(transaction, userId, cancel);
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.RecoveryCodeUsed,
                        AuditStatus.Success,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        new Dictionary<string, object?> { ["left"] = left }
                    ),
                    cancel
                );
                await notices.QueueAsync(
                    transaction,
                    userId,
                    MailKind.RecoveryCodeUsed,
                    request,
                    cancel,
                    ("remaining", left.ToString(System.Globalization.CultureInfo.InvariantCulture))
                );
                return true;
            },
            CancellationToken.None
        );

    /// <summary>The canonical form of a typed code: accepts lower case, spaces and easily confused characters. Null if
    /// it cannot be a code.</summary>
    internal static string? Normalize(string? typed)
    {
        const int longestTyped = 64;
        if (typed is null || typed.Length > longestTyped)
            return null;
        var code = new StringBuilder();
        foreach (var sign in typed)
        {
            if (sign is '-' or ' ')
                continue;
            code.Append(
                char.ToUpperInvariant(sign) switch
                {
                    'O' => '0',
                    'I' or 'L' => '1',
                    var upper => upper,
                }
            );
        }
        return code.Length == CodeLength && code.ToString() is var text && text.All(Alphabet.Contains) ? text : null;
    }

    private static async Task<int> CountLeftAsync(
        SqlSession session,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        await session.QuerySingleOrDefaultAsync(
            "SELECT count(*)::integer FROM idp.recovery_codes WHERE user_id = @id AND used_at IS NULL",
            static row => row.GetInt32(0),
            cancellationToken,
            ("id", userId)
        );

    private static Sha256Digest Hash(Guid set, string code) => Sha256Digest.Of($"{set:D}:{code}");
}
