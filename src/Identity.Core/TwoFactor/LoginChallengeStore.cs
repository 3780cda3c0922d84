using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Primitives;

namespace Identity.Core.TwoFactor;

/// <summary>A sign-in that has proved only its first factor.</summary>
/// <param name="Credential">The person and the version of the verified credential.</param>
/// <param name="Amr">The methods used (RFC 8176), such as <c>pwd</c>.</param>
/// <param name="ReturnUrl">The return URL; checked to be local when it is stored and again when it is followed.</param>
public sealed record LoginChallenge(CredentialProof Credential, string[] Amr, string? ReturnUrl)
{
    /// <summary>The person.</summary>
    public Guid UserId => Credential.UserId;
}

/// <summary> "Password right, second factor due" (SE-3): a row and a cookie of its own, valid for at most five minutes,
/// without any rights. It survives a restart and is completed once.
/// </summary>
public sealed class LoginChallengeStore(Database database)
{
    private const int MaxReturnUrlLength = 8192;
    internal const string Live = "token_hash = @hash AND completed_at IS NULL AND expires_at > now()";

    /// <summary>Begins a pending sign-in. The token is for the browser. A return URL that exceeds the maximum length is
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

    /// <summary>The pending sign-in, or null if it has expired, the account may not act, or its credentials have
    /// changed meanwhile.</summary>
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

    /// <summary>Completes it once: of any number of parallel requests, one gets it and starts the session. Call it
    /// after the second factor was accepted.</summary>
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
