using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Throttling;

namespace Identity.Core.Users;

/// <summary> The counters of wrong passwords. Each typed address has one, with an account or without. A browser in
/// which the person signed in before has its own, so that a stranger's guesses do not lock it out (BF-3).
/// </summary>
internal sealed class SignInCounters(AttemptLimiter limiter)
{
    /// <summary>5 failures lock for 30 minutes (BF-1).</summary>
    public static readonly AttemptLimit Limit = new(5, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30));

    /// <summary>
    /// What a right password does, by one statement. The failures of its counter are forgotten. An office must not run
    /// out of attempts by signing in, and an attacker's one right password gives back one attempt, not all. The rows
    /// are taken in the order in which <see cref="SignInEntrance"/> takes them.
    /// </summary>
    public const string Succeed = """
        WITH given_back AS (
            UPDATE idp.throttle_counters SET count = greatest(count - 1, 0)
            WHERE key = @address AND blocked_until IS NULL RETURNING key),
        forgotten AS (
            DELETE FROM idp.throttle_counters
            WHERE key = @attempt AND (SELECT count(*) FROM given_back) >= 0 RETURNING key),
        cleared AS (
            UPDATE public.users SET failed_login_attempts = 0, account_locked_until = NULL
            WHERE id = @id AND NOT @known_device AND (failed_login_attempts > 0 OR account_locked_until IS NOT NULL)
              AND (SELECT count(*) FROM forgotten) >= 0 RETURNING id)
        SELECT (SELECT count(*) FROM cleared)
        """;

    /// <summary>The same where nothing else is written with it. Nobody waits for the disk: a crash within the second
    /// would keep failures that a right password had cleared, and the session that follows waits in any case.</summary>
    public const string SucceedAlone = Succeed + ", set_config('synchronous_commit', 'off', true)";

    /// <summary>The counter of an attempt.</summary>
    /// <param name="account">The canonical address.</param>
    /// <param name="knownDevice">The fingerprint of a browser that is known to the account, else null.</param>
    public AttemptKey Of(string account, string? knownDevice) =>
        knownDevice is null
            ? limiter.Key("sign_in_account", account)
            : limiter.Key("sign_in_device", account, knownDevice);

    /// <summary>Every counter of an account: those of its address and of each known browser.</summary>
    public async Task<AttemptKey[]> AllOfAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EmailAddress email,
        CancellationToken cancellationToken
    )
    {
        var devices = await transaction.QueryAsync(
            """
            SELECT DISTINCT device_fingerprint FROM public.sessions
            WHERE user_id = @id AND device_fingerprint IS NOT NULL AND created_at > now() - interval '90 days'
            """,
            static row => row.GetString(0),
            cancellationToken,
            ("id", userId)
        );
        return [Of(email.Canonical, null), .. devices.Select(device => Of(email.Canonical, device))];
    }

    /// <summary>Clears every failure: the owner authenticated in another way, such as by a reset (RV-6).</summary>
    public async Task ClearAllAsync(
        DatabaseTransaction transaction,
        Guid userId,
        EmailAddress email,
        CancellationToken cancellationToken
    ) =>
        await limiter.ClearAsync(
            transaction,
            await AllOfAsync(transaction, userId, email, cancellationToken),
            cancellationToken
        );
}
