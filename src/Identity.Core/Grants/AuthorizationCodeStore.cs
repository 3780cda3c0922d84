using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Grants;

/// <summary>An authorization request that was granted.</summary>
/// <param name="ConsentRequired">Whether a stored consent that covers the scopes is required; the same statement checks
/// it.</param>
/// <param name="ConsentScopes">What the consent must cover if that is more than <paramref name="Scopes"/>: also the
/// scopes of claims that were requested by name.</param>
public sealed record CodeRequest(
    Guid UserId,
    Guid SessionId,
    string ClientId,
    IReadOnlyList<string> Scopes,
    string RedirectUri,
    string? CodeChallenge,
    string? Nonce,
    GrantDetails Details,
    TimeSpan Lifetime,
    bool ConsentRequired,
    IReadOnlyList<string>? ConsentScopes = null
);

/// <summary>What a client presents with a code.</summary>
/// <param name="CodeVerifier">The PKCE verifier as received (RFC 7636 4.5).</param>
/// <param name="Confirmation">The key that the request proved, as the JSON of a <c>cnf</c> claim; null if none. A code
/// that is bound to a key is redeemed only with that key.</param>
/// <param name="RefreshIdleLifetime">The idle lifetime of the refresh token; null if the client gets none.</param>
/// <param name="RefreshAbsoluteLifetime">The maximum lifetime of its family.</param>
/// <param name="OfflineAccessOutlivesSession">Whether the family has a session of its own instead of the browser's
/// (docs/decisions/0007).</param>
/// <param name="Request">Who is asking, for the audit log.</param>
/// <param name="BindsFamily">Whether the family is bound to that key: a public client's is; a confidential client's is
/// already bound to the client's credentials (RFC 9449 section 5, RFC 8705 section 6.1).</param>
public sealed record CodeRedemption(
    string Code,
    string ClientId,
    string? RedirectUri,
    string? CodeVerifier,
    string? Confirmation,
    TimeSpan? RefreshIdleLifetime,
    TimeSpan RefreshAbsoluteLifetime,
    bool OfflineAccessOutlivesSession = false,
    RequestContext? Request = null,
    bool BindsFamily = true
)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"CodeRedemption {ClientId}";
}

/// <summary>The answer to a request for a code.</summary>
public abstract record CodeIssue
{
    private CodeIssue() { }

    /// <summary>The code to return, available only here.</summary>
    public sealed record Issued(string Code) : CodeIssue
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Issued";
    }

    /// <summary>The person has not consented to all of it, or withdrew the consent.</summary>
    public sealed record ConsentNeeded : CodeIssue;

    /// <summary>The session has ended, or the account is disabled or deleted.</summary>
    public sealed record SessionOver : CodeIssue;
}

/// <summary>Authorization codes (RFC 6749 section 4.1, RFC 7636): each is issued by one statement and redeemed by one,
/// once (OA-5).</summary>
public sealed class AuthorizationCodeStore(Database database, AuditLog audit, IOptions<SessionOptions> sessions)
{
    /// <summary>Issues a code if the session is live and, where required, the consent exists. One statement; only a
    /// refusal needs a second one.</summary>
    /// <exception cref="Npgsql.PostgresException">The details contain something that jsonb cannot store: see <see
    /// cref="GrantDetails.TryReadJson"/>.</exception>
    public async Task<CodeIssue> IssueAsync(CodeRequest request, CancellationToken cancellationToken)
    {
        var code = OpaqueToken.Create();
        var issued = await database.QuerySingleOrDefaultAsync(
            CodeStatements.Issue,
            static row => row.GetInt64(0),
            cancellationToken,
            ("id", Guid.CreateVersion7()),
            ("family", Guid.CreateVersion7()),
            ("hash", code.Digest),
            ("user", request.UserId),
            ("session", request.SessionId),
            ("client", request.ClientId),
            ("scopes", request.Scopes.ToArray()),
            ("data", new Json(CodeData.ToJson(request))),
            ("lifetime", request.Lifetime),
            ("consent", request.ConsentRequired),
            ("consent_scopes", (request.ConsentScopes ?? request.Scopes).ToArray()),
            ("asked", new Json(request.Details.AuthorizationDetails?.GetRawText())),
            ("session_idle", sessions.Value.IdleTimeout)
        );
        if (issued == 1)
            return new CodeIssue.Issued(code.Value);

        var live = await database.QuerySingleOrDefaultAsync(
            CodeStatements.SessionIsLive,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("user", request.UserId),
            ("session", request.SessionId),
            ("session_idle", sessions.Value.IdleTimeout)
        );
        return live && request.ConsentRequired ? new CodeIssue.ConsentNeeded() : new CodeIssue.SessionOver();
    }

    /// <summary>The grant of a code of this client, in any state; null if there is none. Consumes nothing. One
    /// command.</summary>
    public async Task<(IReadOnlyList<string> Scopes, GrantDetails Details)?> PeekAsync(
        string code,
        string clientId,
        CancellationToken cancellationToken
    ) =>
        OpaqueToken.TryParse(code, out var presented)
            ? await database.QuerySingleOrDefaultAsync<(IReadOnlyList<string>, GrantDetails)?>(
                CodeStatements.Peek,
                static row => (row.GetFieldValue<string[]>(0), GrantDetails.FromJson(row.GetString(1))),
                cancellationToken,
                ("hash", presented.Digest),
                ("client", clientId)
            )
            : null;

    /// <summary> Redeems a code in one statement, which also creates the family and its first refresh token if the
    /// client gets one. Of any number of parallel redemptions, one is granted; every other one ends the tokens that it
    /// received.
    /// </summary>
    public async Task<GrantRedemption> RedeemAsync(CodeRedemption redemption, CancellationToken cancellationToken)
    {
        if (!OpaqueToken.TryParse(redemption.Code, out var code))
            return new GrantRedemption.Refused(GrantRefusal.Unknown);

        var refresh = OpaqueToken.Create();
        var challenge = ChallengeOf(redemption.CodeVerifier);
        // Text that cannot be stored cannot be a registered redirect URI; neither can an empty one.
        var redirectUri = UntrustedText.IsLine(redemption.RedirectUri) ? redemption.RedirectUri : "";
        var (ip, userAgent) = GrantAudit.Origin(redemption.Request);
        var granted = await database.QuerySingleOrDefaultAsync<GrantRedemption.Granted?>(
            CodeStatements.Redeem,
            row =>
            {
                var (grant, next) = GrantRow.Read(row);
                return new(
                    grant with
                    {
                        Nonce = row.IsDBNull(next) ? null : row.GetString(next),
                    },
                    row.GetBoolean(next + 1) ? refresh.Value : null
                );
            },
            cancellationToken,
            ("hash", code.Digest),
            ("client", redemption.ClientId),
            ("redirect_uri", redirectUri),
            ("challenge", SqlNull.Text(challenge)),
            ("confirmation", new Json(redemption.Confirmation)),
            ("binds", redemption.BindsFamily),
            ("refresh", redemption.RefreshIdleLifetime is not null),
            ("idle", redemption.RefreshIdleLifetime ?? TimeSpan.Zero),
            ("absolute", redemption.RefreshAbsoluteLifetime),
            ("outlives", redemption.OfflineAccessOutlivesSession),
            ("own_session", Guid.CreateVersion7()),
            ("own_hash", OpaqueToken.Create().Digest),
            ("token", Guid.CreateVersion7()),
            ("token_hash", refresh.Digest),
            ("ip", ip),
            ("user_agent", userAgent)
        );
        return granted ?? await RefuseAsync(code.Digest, redemption, redirectUri, challenge, cancellationToken);
    }

    private async Task<GrantRedemption> RefuseAsync(
        Sha256Digest hash,
        CodeRedemption redemption,
        string redirectUri,
        string? challenge,
        CancellationToken cancellationToken
    )
    {
        var code = await database.QuerySingleOrDefaultAsync<SpentCode?>(
            CodeStatements.Judge,
            static row =>
                new(
                    row.GetGuid(0),
                    row.GetBoolean(1),
                    row.GetBoolean(2),
                    row.GetBoolean(3),
                    row.GetBoolean(4),
                    row.GetBoolean(5)
                ),
            cancellationToken,
            ("hash", hash),
            ("client", redemption.ClientId),
            ("redirect_uri", redirectUri),
            ("challenge", SqlNull.Text(challenge)),
            ("confirmation", new Json(redemption.Confirmation))
        );
        if (code is { OfClient: true, Consumed: true })
            await EndFamilyAsync(code.Id, redemption.Request, cancellationToken);
        return new GrantRedemption.Refused(
            code switch
            {
                null => GrantRefusal.Unknown,
                { OfClient: false } => GrantRefusal.WrongClient,
                { Consumed: true } => GrantRefusal.Reused,
                { Revoked: true } => GrantRefusal.Revoked,
                { Expired: true } => GrantRefusal.Expired,
                { Proved: false } => GrantRefusal.WrongProof,
                _ => GrantRefusal.SessionOver,
            }
        );
    }

    // The granted redemption has committed, because a consumed code is not visible earlier. Its family can be ended; if
    // the client got no refresh token, a row is written that marks the access token's family as revoked
    // (docs/decisions/0008).
    private Task EndFamilyAsync(Guid codeId, RequestContext? request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                var (ip, userAgent) = GrantAudit.Origin(request);
                await transaction.ExecuteAsync(
                    CodeStatements.EndOwnSession,
                    cancel,
                    ("code", codeId),
                    ("ip", ip),
                    ("user_agent", userAgent)
                );
                var ended = await transaction.QuerySingleOrDefaultAsync<(Guid Family, Guid User, string Client)?>(
                    CodeStatements.EndFamily,
                    static row => (row.GetGuid(0), row.GetGuid(1), row.GetString(2)),
                    cancel,
                    ("code", codeId)
                );
                if (ended is not { } family)
                    return;
                await transaction.ExecuteAsync(FamilyStatements.EndTokens, cancel, ("family", family.Family));
                await audit.AppendAsync(
                    transaction,
                    GrantAudit.Event(
                        AuditEventTypes.CodeReuse,
                        AuditStatus.Blocked,
                        family.User,
                        request,
                        ("client_id", family.Client),
                        ("family_id", family.Family)
                    ),
                    cancel
                );
            },
            cancellationToken
        );

    /// <summary>S256 (RFC 7636 section 4.6). A malformed verifier gives a challenge that no code has.</summary>
    private static string? ChallengeOf(string? verifier) =>
        verifier switch
        {
            null => null,
            { Length: >= 43 and <= 128 } when Ascii.IsValid(verifier) => Base64Url.EncodeToString(
                SHA256.HashData(Encoding.ASCII.GetBytes(verifier))
            ),
            _ => "",
        };

    private sealed record SpentCode(Guid Id, bool OfClient, bool Consumed, bool Revoked, bool Expired, bool Proved);
}
