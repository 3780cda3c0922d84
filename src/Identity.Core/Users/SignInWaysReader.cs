using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;

namespace Identity.Core.Users;

/// <summary>The ways in which an account signs in.</summary>
/// <param name="Providers">The names of the linked providers.</param>
public sealed record SignInWays(bool HasPassword, bool HasPasskeys, IReadOnlyList<string> Providers);

/// <summary>Reads how an account signs in, for a browser that has signed in to it before.</summary>
public sealed class SignInWaysReader(Database database)
{
    // The same 90 days as for the attempts of a known browser (BF-3).
    private const string Find = $"""
        SELECT u.password_hash IS NOT NULL, EXISTS (SELECT FROM idp.passkeys p WHERE p.user_id = u.id),
            ARRAY (SELECT e.provider FROM idp.external_logins e WHERE e.user_id = u.id)
        FROM public.users u
        WHERE lower(u.email COLLATE "C") = lower(@email COLLATE "C") AND {AccountState.MayAct}
            AND EXISTS (SELECT FROM public.sessions s WHERE s.user_id = u.id AND s.device_fingerprint = @device
                AND s.created_at > now() - interval '90 days')
        """;

    /// <summary>The ways; null if there is no such account, it may not act, or this browser has not signed in to it:
    /// the caller cannot tell which (EN-1). One command.</summary>
    /// <param name="deviceId">The secret id of the browser, which a session of the account proves.</param>
    public Task<SignInWays?> FindAsync(EmailAddress email, string deviceId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<SignInWays?>(
            Find,
            static row => new(row.GetBoolean(0), row.GetBoolean(1), row.GetFieldValue<string[]>(2)),
            cancellationToken,
            ("email", email.Canonical),
            ("device", SessionRows.Fingerprint(deviceId)!)
        );
}
