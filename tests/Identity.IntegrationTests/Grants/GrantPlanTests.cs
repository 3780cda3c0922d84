using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Core.Grants;
using Identity.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Grants;

/// <summary>Every statement of the room reaches its rows by an index, on tables of a size where PostgreSQL would
/// otherwise say so.</summary>
public sealed partial class GrantPlanTests(DatabaseFixture fixture, ITestOutputHelper output)
    : IClassFixture<DatabaseFixture>,
        IAsyncLifetime
{
    private readonly GrantScene _scene = new(fixture.Database);

    public async Task InitializeAsync()
    {
        if (await _scene.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM users)"))
            return;
        await _scene.ExecuteAsync(
            """
            CREATE FUNCTION pg_temp.id(name text) RETURNS uuid LANGUAGE sql AS $$
                SELECT encode(substr(sha256(name::bytea), 1, 16), 'hex')::uuid $$;
            INSERT INTO users (id, email) SELECT pg_temp.id('u' || n), 'u' || n || '@example.org'
                FROM generate_series(1, 20000) n;
            INSERT INTO sessions (id, user_id, token_hash, expires_at)
                SELECT pg_temp.id('s' || n), pg_temp.id('u' || n), sha256(('s' || n)::bytea), now() + interval '1 day'
                FROM generate_series(1, 20000) n;
            INSERT INTO idp.session_clients (session_id, client_id) SELECT pg_temp.id('s' || n), 'app'
                FROM generate_series(1, 20000) n;
            INSERT INTO idp.logout_deliveries (session_id, user_id, client_id, reason)
                SELECT pg_temp.id('s' || n), pg_temp.id('u' || n), 'app', 'logout' FROM generate_series(1, 20000) n;
            INSERT INTO idp.token_families (id, user_id, session_id, client_id, scopes, details, absolute_expires_at)
                SELECT pg_temp.id('f' || n), pg_temp.id('u' || n), pg_temp.id('s' || n), 'app', '{openid}',
                    '{"auth_time":1,"amr":[]}', now() + interval '1 day'
                FROM generate_series(1, 20000) n;
            INSERT INTO refresh_tokens (session_id, token_hash, family_id, generation, client_id, used_at)
                SELECT pg_temp.id('s' || n), sha256(('t' || n || '.' || g)::bytea), pg_temp.id('f' || n), g, 'app', CASE
                    WHEN g < 2 THEN now() END
                FROM generate_series(1, 20000) n, generate_series(0, 2) g;
            INSERT INTO idp.grants (id, kind, key_hash, user_id, session_id, client_id, family_id, scopes, data,
                expires_at)
                SELECT pg_temp.id('g' || n), 'authorization_code', sha256(('g' || n)::bytea), pg_temp.id('u' || n),
                    pg_temp.id('s' || n), 'app', pg_temp.id('gf' || n), '{openid,offline_access}',
                       '{"redirect_uri":"r","details":{"auth_time":1,"amr":[]}}', now() + interval '1 hour'
                           FROM generate_series(1, 20000) n;
            INSERT INTO idp.grants (id, kind, user_id, client_id, scopes)
                SELECT pg_temp.id('c' || n), 'consent', pg_temp.id('u' || n), 'app', '{openid}'
                FROM generate_series(1, 20000) n;
            INSERT INTO idp.roles (id, name) SELECT pg_temp.id('r' || n), 'role-' || n FROM generate_series(1, 2000) n;
            INSERT INTO idp.groups (id, name) SELECT pg_temp.id('m' || n), 'group-' || n
                FROM generate_series(1, 2000) n;
            INSERT INTO idp.group_roles (group_id, role_id) SELECT pg_temp.id('m' || n), pg_temp.id('r' || n)
                FROM generate_series(1, 2000) n;
            INSERT INTO idp.user_roles (user_id, role_id) SELECT pg_temp.id('u' || n), pg_temp.id('r' || n % 2000 + 1)
                FROM generate_series(1, 20000) n;
            INSERT INTO idp.user_groups (user_id, group_id)
                SELECT pg_temp.id('u' || n), pg_temp.id('m' || n % 2000 + 1) FROM generate_series(1, 20000) n;
            INSERT INTO idp.attribute_definitions (name, value_type, visible_to, editable_by)
                VALUES ('department', 'text', 'person', 'administrator');
            INSERT INTO idp.user_attributes (user_id, name, value)
                SELECT pg_temp.id('u' || n), 'department', '"sales"' FROM generate_series(1, 20000) n;
            """
        );
        await _scene.ExecuteAsync("ANALYZE");
    }

    public async Task DisposeAsync() => await _scene.DisposeAsync();

    [Theory]
    [InlineData(nameof(CodeStatements.Issue))]
    [InlineData(nameof(CodeStatements.Redeem))]
    [InlineData(nameof(CodeStatements.Peek))]
    [InlineData(nameof(CodeStatements.Judge))]
    [InlineData(nameof(CodeStatements.EndFamily))]
    [InlineData(nameof(RotationStatements.Rotate))]
    [InlineData(nameof(RotationStatements.RotateMany))]
    [InlineData(nameof(RotationStatements.Use))]
    [InlineData(nameof(RefreshStatements.IssueFirst))]
    [InlineData(nameof(RefreshStatements.Inspect))]
    [InlineData(nameof(RefreshStatements.Revoke))]
    [InlineData("JudgeRefresh")]
    [InlineData(nameof(FamilyStatements.EndTokens))]
    [InlineData(nameof(ConsentStore.ListAsync))]
    [InlineData(nameof(TokenSubjectReader))]
    public async Task No_statement_reads_a_table_from_end_to_end(string name)
    {
        var sql = name switch
        {
            nameof(CodeStatements.Issue) => CodeStatements.Issue,
            nameof(CodeStatements.Redeem) => CodeStatements.Redeem,
            nameof(CodeStatements.Peek) => CodeStatements.Peek,
            nameof(CodeStatements.Judge) => CodeStatements.Judge,
            nameof(CodeStatements.EndFamily) => CodeStatements.EndFamily,
            nameof(RotationStatements.Rotate) => RotationStatements.Rotate,
            nameof(RotationStatements.RotateMany) => RotationStatements.RotateMany,
            nameof(RotationStatements.Use) => RotationStatements.Use,
            nameof(RefreshStatements.IssueFirst) => RefreshStatements.IssueFirst,
            nameof(RefreshStatements.Inspect) => RefreshStatements.Inspect,
            nameof(RefreshStatements.Revoke) => RefreshStatements.Revoke,
            "JudgeRefresh" => RefreshStatements.Judge,
            nameof(FamilyStatements.EndTokens) => FamilyStatements.EndTokens,
            nameof(ConsentStore.ListAsync) => ConsentStore.List,
            _ => TokenSubjectReader.Select,
        };
        await using var connection = await _scene.One.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        // ANALYZE runs it for good, so that the time is real and the foreign keys are in it; the transaction is given
        // up.
        await using var command = new NpgsqlCommand(
            "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) " + sql,
            connection,
            transaction
        );
        foreach (Match parameter in ParameterName().Matches(sql))
        {
            if (!command.Parameters.Contains(parameter.Groups[1].Value))
                command.Parameters.Add(Parameter(name, parameter.Groups[1].Value));
        }
        List<string> plan = [];
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                plan.Add(reader.GetString(0));
        }
        await transaction.RollbackAsync();

        output.WriteLine(string.Join('\n', plan));
        Assert.Contains(plan, static line => line.Contains("Index", StringComparison.Ordinal));
        Assert.DoesNotContain(
            plan,
            static line =>
                line.Contains("Seq Scan on", StringComparison.Ordinal)
                && !line.Contains("(never executed)", StringComparison.Ordinal)
        );
    }

    private static NpgsqlParameter Parameter(string statement, string name) =>
        name switch
        {
            _ when statement is "RotateMany" => ListParameter(name),
            "hash" when statement is "Redeem" or "Peek" or "Judge" => new(name, Hash("g7")),
            "hash" when statement is "Issue" => new(name, Hash("new code")),
            "hash" => new(name, Hash("t7.2")),
            "token_hash" or "session_hash" or "own_hash" => new(name, Hash("new " + name)),
            "user" => new(name, Id("u7")),
            "session" when statement is "IssueFirst" => new(name, Id("new session")),
            "session" => new(name, Id("s7")),
            "code" => new(name, Id("g7")),
            "family" when statement is "IssueFirst" or "Issue" => new(name, Id("new family")),
            "family" => new(name, Id("f7")),
            "id" or "token" or "own_session" => new(name, Id("new " + name)),
            "client" => new(name, "app"),
            "scopes" or "consent_scopes" or "amr" => new(name, new[] { "openid" }),
            "redirect_uri" => new(name, "r"),
            "challenge" or "acr" or "user_agent" => new(name, NpgsqlTypes.NpgsqlDbType.Text) { Value = DBNull.Value },
            "ip" => new(name, NpgsqlTypes.NpgsqlDbType.Inet) { Value = DBNull.Value },
            "confirmation" or "asked" => new(name, NpgsqlTypes.NpgsqlDbType.Jsonb) { Value = DBNull.Value },
            "data" or "details" => new(name, NpgsqlTypes.NpgsqlDbType.Jsonb) { Value = """{"auth_time":1,"amr":[]}""" },
            "successor" => new(name, new byte[75]),
            "consent" or "outlives" or "binds" or "refresh" or "offline" or "audit" => new(name, true),
            "auth_time" => new(name, DateTime.UnixEpoch),
            _ => new(name, TimeSpan.FromHours(1)),
        };

    private static NpgsqlParameter ListParameter(string name) =>
        name switch
        {
            "hash" => new(name, new[] { Hash("t7.2"), Hash("t8.2") }),
            "client" => new(name, new[] { "app", "app" }),
            "confirmation" => new(name, NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Jsonb)
            {
                Value = new string?[] { null, null },
            },
            "binds" => new(name, new[] { true, false }),
            "scopes" or "user_agent" => new(name, new string?[] { null, null }),
            "idle" => new(name, new[] { TimeSpan.FromHours(1), TimeSpan.FromHours(2) }),
            "token" => new(name, new[] { Id("new token"), Id("other token") }),
            "token_hash" => new(name, new[] { Hash("new hash"), Hash("other hash") }),
            "successor" => new(name, new[] { new byte[75], new byte[75] }),
            "ip" => new(name, new System.Net.IPAddress?[] { System.Net.IPAddress.Loopback, null }),
            "audit" => new(name, true),
            _ => new(name, TimeSpan.FromHours(1)),
        };

    private static Guid Id(string text) => new(Hash(text).AsSpan(0, 16), bigEndian: true);

    private static byte[] Hash(string text) =>
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"(?<!@)@(\w+)")]
    private static partial Regex ParameterName();
}
