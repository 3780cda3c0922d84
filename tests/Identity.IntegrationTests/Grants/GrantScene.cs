using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Core.Keys;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.IntegrationTests.Grants;

/// <summary>
/// Two instances of the room over one database, each with connections of its own and statements prepared as the host
/// prepares them, and the words of the tests.
/// </summary>
internal sealed class GrantScene : IAsyncDisposable
{
    public const string Client = "app";
    public const string RedirectUri = "https://app.example/back";
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    public static readonly RequestContext Request = new(IPAddress.Parse("192.0.2.7"), "Mozilla/5.0", null);
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private readonly TestDatabase _database;

    public GrantScene(TestDatabase database)
    {
        _database = database;
        Instances = [new(database.ConnectionString), new(database.ConnectionString)];
    }

    public Instance[] Instances { get; }

    public Instance One => Instances[0];

    public Task<T?> ScalarAsync<T>(string sql, params (string Name, object Value)[] parameters) =>
        _database.ScalarAsync<T>(sql, parameters);

    public Task<int> ExecuteAsync(string sql, params (string Name, object Value)[] parameters) =>
        _database.ExecuteAsync(sql, parameters);

    public async Task<Person> PersonAsync()
    {
        var id = await One.Database.QuerySingleOrDefaultAsync(
            "INSERT INTO users (email, name) VALUES (@email, 'Ada') RETURNING id",
            static row => row.GetGuid(0),
            default,
            ("email", $"{Guid.NewGuid():N}@example.org")
        );
        return await SignInAsync(id);
    }

    public async Task<Person> SignInAsync(Guid userId) =>
        new(
            userId,
            Assert
                .IsType<SessionStart.Started>(
                    await One.Starter.StartAsync(new(new(userId, 1), ["pwd"], null, Request), default)
                )
                .Session.Id
        );

    public Task<CodeIssue> IssueAsync(
        Person person,
        bool consent = false,
        string[]? scopes = null,
        GrantDetails? details = null,
        TimeSpan? lifetime = null
    ) =>
        One.Codes.IssueAsync(
            new(
                person.UserId,
                person.SessionId,
                Client,
                scopes ?? ["openid", "profile", "offline_access"],
                RedirectUri,
                Challenge,
                "n-1",
                details ?? Details(),
                lifetime ?? TimeSpan.FromSeconds(60),
                consent
            ),
            default
        );

    public async Task<string> CodeAsync(Person person, string[]? scopes = null, GrantDetails? details = null) =>
        Assert.IsType<CodeIssue.Issued>(await IssueAsync(person, scopes: scopes, details: details)).Code;

    public async Task<GrantRedemption.Granted> RedeemAsync(
        Person person,
        bool outlives = false,
        string? confirmation = null,
        string[]? scopes = null
    ) =>
        Assert.IsType<GrantRedemption.Granted>(
            await One.Codes.RedeemAsync(
                Redemption(await CodeAsync(person, scopes)) with
                {
                    OfflineAccessOutlivesSession = outlives,
                    Confirmation = confirmation,
                },
                default
            )
        );

    public static GrantDetails Details() =>
        new()
        {
            AuthTime = 1_700_000_000,
            Amr = ["pwd", "otp"],
            Acr = "urn:strong",
        };

    public static CodeRedemption Redemption(string code) =>
        new(code, Client, RedirectUri, Verifier, null, TimeSpan.FromDays(7), TimeSpan.FromDays(30), Request: Request);

    public static RefreshRotation Rotation(string token) =>
        new(token, Client, null, null, TimeSpan.FromDays(7), Grace, Request);

    public async Task<GrantRedemption.Granted> RotateAsync(string token) =>
        Assert.IsType<GrantRedemption.Granted>(await One.Refresh.RotateAsync(Rotation(token), default));

    public static GrantRefusal Reason(GrantRedemption redemption) =>
        Assert.IsType<GrantRedemption.Refused>(redemption).Reason;

    /// <summary>Tokens of a family that could be used now, as the tables have it.</summary>
    public Task<long> LiveLeavesAsync(Guid family) =>
        ScalarAsync<long>(
            """
            SELECT count(*) FROM refresh_tokens t JOIN idp.token_families f ON f.id = t.family_id
            WHERE t.family_id = @family AND t.used_at IS NULL AND t.revoked_at IS NULL AND f.revoked_at IS NULL
            """,
            ("family", family)
        );

    /// <summary>As if so much time had passed since the token was rotated.</summary>
    public Task AgeAsync(string token, TimeSpan by) =>
        ExecuteAsync(
            "UPDATE refresh_tokens SET used_at = used_at - @by WHERE token_hash = @hash",
            ("by", by),
            ("hash", Sha256Digest.Of(token).Value)
        );

    public Task<long> AuditAsync(Guid userId, string type) =>
        ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE user_id = @user AND event_type = @type",
            ("user", userId),
            ("type", type)
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in Instances)
            await instance.Source.DisposeAsync();
    }

    internal sealed record Person(Guid UserId, Guid SessionId);

    internal sealed class Instance
    {
        public Instance(string connectionString)
        {
            Source = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(connectionString)
                {
                    MaxAutoPrepare = 200,
                    AutoPrepareMinUsages = 2,
                    MaxPoolSize = 20,
                }
            );
            Database = new(Source);
            var (audit, options) = (new AuditLog(Database), Options.Create(new SessionOptions()));
            MasterKey master = new(Enumerable.Range(0, 32).Select(static number => (byte)number).ToArray());
            Codes = new(Database, audit, options);
            Refresh = new(Database, master, audit, options, Options.Create(new GrantOptions()));
            Families = new(Database);
            Begun = new(Database, master);
            Consents = new(Database, audit);
            Grants = new(Database, master);
            Subjects = new(Database);
            Sessions = new(Database, options);
            Starter = new(Database, Sessions, audit, options);
        }

        public NpgsqlDataSource Source { get; }

        public Database Database { get; }

        public AuthorizationCodeStore Codes { get; }

        public RefreshTokenStore Refresh { get; }

        public TokenFamilyStore Families { get; }

        public BegunRequestStore Begun { get; }

        public ConsentStore Consents { get; }

        public PersistedGrantStore Grants { get; }

        public TokenSubjectReader Subjects { get; }

        public SessionStore Sessions { get; }
        public SessionStarter Starter { get; }
    }
}
