using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Profile;
using Microsoft.Extensions.Options;

namespace Identity.Core.PersonalTokens;

/// <summary>Reads a presented token with its person and notes the use, in one command.</summary>
public sealed class PersonalTokenReader(
    Database database,
    PersonalTokenScopes scopes,
    IOptions<PersonalTokenOptions> options
)
{
    // A use is noted at most once an hour, so that most requests write nothing. Of parallel first uses, only one sees
    // the row unused when it gets the lock.
    private const string Read = $"""
        WITH token AS MATERIALIZED (
            SELECT t.id, t.user_id, t.scopes, t.created_at, t.expires_at, t.last_used_at
            FROM idp.personal_access_tokens t JOIN public.users u ON u.id = t.user_id
            WHERE t.token_hash = @hash AND t.expires_at > now() AND t.scopes && @asking AND {AccountState.MayAct}),
        noted AS (
            UPDATE idp.personal_access_tokens p SET last_used_at = now() FROM token t
            WHERE p.id = t.id AND (p.last_used_at IS NULL OR p.last_used_at < now() - interval '1 hour')
            RETURNING p.id),
        first_use AS (
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details)
            SELECT t.user_id, 'personal_token_first_used', 'success', @ip, @user_agent,
                jsonb_build_object('personal_token_id', t.id, 'client_id', @client)
            FROM noted n JOIN token t ON t.id = n.id WHERE t.last_used_at IS NULL)
        SELECT {SubjectProfileColumns.Select}, t.id, t.scopes, t.created_at, t.expires_at
        FROM token t JOIN public.users u ON u.id = t.user_id
        """;

    /// <summary>The token, if it works and has a scope that concerns whoever asks; otherwise null, without a reason.
    /// One command.</summary>
    /// <param name="asking">The scopes that concern whoever asks; none means that there is nothing to tell.</param>
    /// <param name="clientId">Who asks.</param>
    public async Task<LivePersonalToken?> FindAsync(
        PersonalToken token,
        IReadOnlyList<string> asking,
        string clientId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.Enabled || asking.Count == 0)
            return null;
        const int first = SubjectProfileColumns.Count;
        var found = await database.QuerySingleOrDefaultAsync<LivePersonalToken?>(
            Read,
            static row =>
                new(
                    row.GetGuid(first),
                    SubjectProfileColumns.Read(row),
                    row.GetFieldValue<string[]>(first + 1),
                    row.GetFieldValue<DateTimeOffset>(first + 2),
                    row.GetFieldValue<DateTimeOffset>(first + 3)
                ),
            cancellationToken,
            ("hash", token.Digest),
            ("asking", asking.ToArray()),
            ("client", clientId),
            ("ip", SqlNull.Inet(request.IpAddress)),
            ("user_agent", SqlNull.Text(request.UserAgent))
        );
        if (found is null)
            return null;
        var good = scopes.Narrow(found.Subject.Entitlements, found.Scopes, asking);
        return good.Count == 0 ? null : found with { Scopes = good };
    }
}
