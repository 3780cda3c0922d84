using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Core.Throttling;

namespace Identity.Core.Users;

/// <summary>What came of asking for a sign-in.</summary>
internal abstract record SignInEntry
{
    private SignInEntry() { }

    /// <summary>The sender's request was taken.</summary>
    /// <param name="Door">What the typed address leads to.</param>
    /// <param name="Attempt">The attempt that may be judged; null while the account's counter is locked, or as many
    /// attempts as allowed are under way.</param>
    public sealed record Taken(Door Door, Attempt? Attempt) : SignInEntry;

    /// <summary>The sender made too many requests.</summary>
    public sealed record Refused(TimeSpan RetryAfter) : SignInEntry;
}

/// <summary>What a typed address leads to: always a counter, perhaps an account.</summary>
internal sealed record Door(string Name, UserAccount? Account, string? Hash, bool IsKnownDevice, AttemptKey Counter);

/// <summary>
/// The way in for a password, by one statement: it takes a request of the sender, finds the account with what judges
/// it, and reserves the attempt (BF-2). The rows are taken in the order sender, attempt, account, by everyone who takes
/// more than one of them.
/// </summary>
internal sealed class SignInEntrance(Database database, AttemptLimiter limiter)
{
    /// <summary>Wide enough for an office behind one address.</summary>
    private static readonly AttemptLimit PerSender = new(300, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));

    // The reservation is seen by everybody at once, and only a crash of the database within the second forgets it: so
    // nobody waits for the disk. What the judgement writes waits (BF-2).
    internal static readonly string EnterSql = $"""
        WITH taken AS MATERIALIZED (
            {AttemptLimiter.TakeSql("sender_")}),
        found AS MATERIALIZED (
            {UserStore.FindForSignInSql}),
        begun AS MATERIALIZED (
            {AttemptLimiter.BeginSql(
            "CASE WHEN (SELECT is_known FROM found) THEN @device_key ELSE @account_key END",
            "EXISTS (SELECT FROM taken)"
        )})
        SELECT found.*, EXISTS (SELECT FROM taken), EXISTS (SELECT FROM begun),
            ({AttemptLimiter.LeftSql("@sender_key")}),
            set_config('synchronous_commit', 'off', true)
        FROM (SELECT) one LEFT JOIN found ON true
        """;

    private readonly SignInCounters _counters = new(limiter);

    /// <summary>The counter of a sender's requests.</summary>
    public AttemptKey SenderOf(RequestContext request) => limiter.Key("sign_in_address", request.IpAddress);

    /// <summary>Asks for a sign-in. The typed address is never stored or logged (LG-1).</summary>
    /// <param name="cancellationToken">Looked at before the statement only: a caller that hangs up meanwhile must not
    /// leave a place that nobody knows of.</param>
    public async Task<SignInEntry> EnterAsync(
        string? email,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var fingerprint = SessionRows.Fingerprint(request.DeviceId);
        var name = EmailAddress.TryParse(email, out var address) ? address.Canonical : null;
        var account = name ?? "invalid:" + email;
        var (ofAccount, ofDevice) = (_counters.Of(account, null), _counters.Of(account, fingerprint));
        var found = await database.QuerySingleOrDefaultAsync<Found?>(
            EnterSql,
            static row =>
                new(
                    row.IsDBNull(0) ? null : UserStore.MapForSignIn(row),
                    row.GetBoolean(UserStore.SignInColumnCount),
                    row.GetBoolean(UserStore.SignInColumnCount + 1),
                    row.IsDBNull(UserStore.SignInColumnCount + 2)
                        ? null
                        : row.GetTimeSpan(UserStore.SignInColumnCount + 2)
                ),
            CancellationToken.None,
            [
                .. AttemptLimiter.TakeParameters("sender_", SenderOf(request), PerSender),
                .. AttemptLimiter.BeginParameters(SignInCounters.Limit),
                ("email", name ?? ""),
                ("device", SqlNull.Text(fingerprint)),
                ("account_key", ofAccount.Value),
                ("device_key", ofDevice.Value),
            ]
        );
        if (found is not { IsTaken: true })
            return new SignInEntry.Refused(found?.Left ?? TimeSpan.FromSeconds(1));
        var isKnown = found.Account is { KnownDevice: true };
        Door door = new(account, found.Account?.Account, found.Account?.Hash, isKnown, isKnown ? ofDevice : ofAccount);
        return new SignInEntry.Taken(door, found.IsBegun ? limiter.Granted(door.Counter, SignInCounters.Limit) : null);
    }

    private sealed record Found(
        (UserAccount Account, string? Hash, bool KnownDevice)? Account,
        bool IsTaken,
        bool IsBegun,
        TimeSpan? Left
    );
}
