using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.TwoFactor;

/// <summary>A sign-in that has proved its first factor and nothing else.</summary>
/// <param name="Credential">Whose it is, and the version of what was judged.</param>
/// <param name="Amr">What was proved (RFC 8176), such as <c>pwd</c>.</param>
/// <param name="ReturnUrl">Where the person was going; checked to be local by who stored it, and again by who follows
/// it.</param>
public sealed record LoginChallenge(CredentialProof Credential, string[] Amr, string? ReturnUrl)
{
    /// <summary>Whose it is.</summary>
    public Guid UserId => Credential.UserId;
}

/// <summary>
/// "Password right, second factor due" (SE-3): a row of its own and a cookie of its own, at most five minutes, without
/// any right. It survives a restart of the server and is completed once.
/// </summary>
public sealed class LoginChallengeStore(Database database)
{
    private const int MaxReturnUrlLength = 8192;
    private const string Live = "token_hash = @hash AND completed_at IS NULL AND expires_at > now()";

    /// <summary>Begins. The token is for the browser. A return URL that is longer than any of ours is
    /// dropped.</summary>
    public async Task<OpaqueToken> BeginAsync(LoginChallenge challenge, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create();
        await database.ExecuteAsync(
            "INSERT INTO idp.login_challenges (token_hash, user_id, credential_version, amr, return_url) "
                + "VALUES (@hash, @user_id, @version, @amr, @return_url)",
            cancellationToken,
            ("hash", token.Digest),
            ("user_id", challenge.UserId),
            ("version", challenge.Credential.Version),
            ("amr", challenge.Amr),
            (
                "return_url",
                SqlNull.Text(challenge.ReturnUrl is { Length: > MaxReturnUrlLength } ? null : challenge.ReturnUrl)
            )
        );
        return token;
    }

    /// <summary>The sign-in under way, or null when it is over. An account that may not act, or whose
    /// credentials have changed meanwhile, has none.</summary>
    public Task<LoginChallenge?> FindAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<LoginChallenge?>(
            $"""
            SELECT c.user_id, c.credential_version, c.amr, c.return_url FROM idp.login_challenges c JOIN public.users u
                ON u.id = c.user_id
            WHERE {Live} AND c.credential_version = u.credential_version AND {AccountState.MayAct}
            """,
            Map,
            cancellationToken,
            ("hash", token.Digest)
        );

    /// <summary>Ends it, once: of any number of parallel requests one gets it, and starts the session. Call it when the
    /// second factor was accepted.</summary>
    public Task<LoginChallenge?> CompleteAsync(OpaqueToken token, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync<LoginChallenge?>(
            $"""
            UPDATE idp.login_challenges c SET completed_at = now() FROM public.users u
            WHERE {Live} AND u.id = c.user_id AND c.credential_version = u.credential_version AND {AccountState.MayAct}
            RETURNING c.user_id, c.credential_version, c.amr, c.return_url
            """,
            Map,
            cancellationToken,
            ("hash", token.Digest)
        );

    private static LoginChallenge Map(Npgsql.NpgsqlDataReader row) =>
        new(
            new(row.GetGuid(0), row.GetInt64(1)),
            row.GetFieldValue<string[]>(2),
            row.IsDBNull(3) ? null : row.GetString(3)
        );
}
