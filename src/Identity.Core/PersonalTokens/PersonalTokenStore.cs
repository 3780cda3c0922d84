using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Profile;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.Core.PersonalTokens;

/// <summary>Personal access tokens in the database. A row is a token that works, or one that expired and is not yet
/// cleaned away; revoking one deletes its row. The caller must have done a step-up before making one
/// (SE-10).</summary>
public sealed class PersonalTokenStore(
    Database database,
    PersonalTokenScopes scopes,
    SecurityNotices notices,
    AuditLog audit,
    IOptions<PersonalTokenOptions> options
)
{
    private const string Columns = "id, name, scopes, created_at, expires_at, last_used_at";

    private const string Insert = """
        INSERT INTO idp.personal_access_tokens (id, user_id, token_hash, name, scopes, expires_at)
        VALUES (@id, @user, @hash, @name, @scopes, now() + make_interval(days => @days))
        """;

    /// <summary>Makes one and notifies the owner. The account is locked meanwhile, so that of two requests at the limit
    /// one succeeds.</summary>
    /// <param name="proof">The session that asks.</param>
    public Task<PersonalTokenCreation> CreateAsync(
        CredentialProof proof,
        NewPersonalToken wanted,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync<PersonalTokenCreation>(
            async (transaction, cancel) =>
            {
                if (!options.Value.Enabled || !await CredentialVersions.HoldAsync(transaction, proof, cancel))
                    return new PersonalTokenCreation.ProofOver();
                var made = await AddAsync(transaction, proof.UserId, wanted, request, cancel);
                if (made is PersonalTokenCreation.Created created)
                    await AuditAsync(
                        transaction,
                        AuditEventTypes.PersonalTokenCreated,
                        proof.UserId,
                        created.Id,
                        DetailsOf(wanted),
                        request,
                        cancel
                    );
                return made;
            },
            cancellationToken
        );

    /// <summary>A person's tokens that work, newest first.</summary>
    public Task<List<PersonalTokenEntry>> ListAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QueryAsync(
            $"SELECT {Columns} FROM idp.personal_access_tokens WHERE user_id = @user AND expires_at > now() "
                + "ORDER BY created_at DESC, id DESC",
            ReadEntry,
            cancellationToken,
            ("user", userId)
        );

    /// <summary>The scopes that a person may give a token now.</summary>
    public async Task<IReadOnlyList<Clients.ApiScope>> OfferedAsync(Guid userId, CancellationToken cancellationToken) =>
        scopes.HeldBy(await EntitlementsAsync(database, userId, cancellationToken));

    /// <summary>Revokes one of a person's tokens and notifies the person. False if it is gone: of any number of
    /// parallel requests, one succeeds.</summary>
    public Task<bool> RevokeAsync(Guid userId, Guid id, RequestContext request, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                if (await RemoveAsync(transaction, userId, id, request, cancel) is not { } name)
                    return false;
                await AuditAsync(
                    transaction,
                    AuditEventTypes.PersonalTokenRevoked,
                    userId,
                    id,
                    new Dictionary<string, object?> { ["name"] = name },
                    request,
                    cancel
                );
                return true;
            },
            cancellationToken
        );

    /// <summary>Deletes a token and queues the notice, in the transaction of an action that writes the audit row.
    /// Returns its name; null if it is gone.</summary>
    /// <param name="teller">The request context shown in the notice.</param>
    internal async Task<string?> RemoveAsync(
        DatabaseTransaction transaction,
        Guid userId,
        Guid id,
        RequestContext teller,
        CancellationToken cancellationToken
    )
    {
        var name = await transaction.QuerySingleOrDefaultAsync<string?>(
            "DELETE FROM idp.personal_access_tokens WHERE id = @id AND user_id = @user RETURNING name",
            static row => row.GetString(0),
            cancellationToken,
            ("id", id),
            ("user", userId)
        );
        if (name is not null)
            await notices.QueueAsync(
                transaction,
                userId,
                MailKind.PersonalTokenRevoked,
                teller,
                cancellationToken,
                ("token", name)
            );
        return name;
    }

    /// <summary>Makes one and queues the notice, in the transaction that holds the account and writes the audit
    /// row.</summary>
    /// <param name="teller">The request context shown in the notice.</param>
    internal async Task<PersonalTokenCreation> AddAsync(
        DatabaseTransaction transaction,
        Guid userId,
        NewPersonalToken wanted,
        RequestContext teller,
        CancellationToken cancellationToken
    )
    {
        if (wanted.Days < 1 || wanted.Days > options.Value.MaxDays)
            return new PersonalTokenCreation.TooLong();
        var person = await EntitlementsAsync(transaction, userId, cancellationToken);
        var given = scopes.Narrow(person, wanted.Scopes, wanted.Scopes);
        if (given.Count == 0 || given.Count < wanted.Scopes.Distinct(StringComparer.Ordinal).Count())
            return new PersonalTokenCreation.ScopeNotHeld();
        if (await CountAsync(transaction, userId, cancellationToken) >= options.Value.MaxPerPerson)
            return new PersonalTokenCreation.TooMany();
        PersonalTokenCreation.Created created = new(Guid.CreateVersion7(), PersonalToken.Create());
        await transaction.ExecuteAsync(
            Insert,
            cancellationToken,
            ("id", created.Id),
            ("user", userId),
            ("hash", created.Token.Digest),
            ("name", wanted.Name),
            ("scopes", given.ToArray()),
            ("days", wanted.Days)
        );
        await notices.QueueAsync(
            transaction,
            userId,
            MailKind.PersonalTokenCreated,
            teller,
            cancellationToken,
            ("token", wanted.Name),
            ("scopes", string.Join(' ', given)),
            ("days", wanted.Days.ToString(CultureInfo.InvariantCulture))
        );
        return created;
    }

    /// <summary>What the audit row says of a new token.</summary>
    internal static Dictionary<string, object?> DetailsOf(NewPersonalToken made) =>
        new(StringComparer.Ordinal)
        {
            ["name"] = made.Name,
            ["scopes"] = made.Scopes.Distinct(StringComparer.Ordinal).ToArray(),
            ["days"] = made.Days,
        };

    private Task AuditAsync(
        DatabaseTransaction transaction,
        string type,
        Guid userId,
        Guid id,
        Dictionary<string, object?> details,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        details["personal_token_id"] = id;
        return audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, details),
            cancellationToken
        );
    }

    private static Task<long> CountAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        transaction.QuerySingleOrDefaultAsync(
            "SELECT count(*) FROM idp.personal_access_tokens WHERE user_id = @user AND expires_at > now()",
            static row => row.GetInt64(0),
            cancellationToken,
            ("user", userId)
        );

    private static async Task<SubjectEntitlements> EntitlementsAsync(
        SqlSession session,
        Guid userId,
        CancellationToken cancellationToken
    ) =>
        await session.QuerySingleOrDefaultAsync<string?>(
            $"SELECT {SubjectEntitlements.Select} FROM public.users u WHERE u.id = @user",
            static row => row.IsDBNull(0) ? null : row.GetString(0),
            cancellationToken,
            ("user", userId)
        )
            is { } json
            ? SubjectEntitlements.Read(json)
            : SubjectEntitlements.None;

    private static PersonalTokenEntry ReadEntry(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetFieldValue<string[]>(2),
            row.GetFieldValue<DateTimeOffset>(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5)
        );
}
