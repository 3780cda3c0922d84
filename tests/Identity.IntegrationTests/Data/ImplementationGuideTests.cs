using System.Text.RegularExpressions;
using Identity.Core.Data;
using Identity.Core.Primitives;
using Identity.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.IntegrationTests.Data;

/// <summary>The snippets of db/implementation-guide.md stand here between "snippet" and "end" comments: they compile,
/// they run, and the guide shows them word for word.</summary>
public sealed partial class ImplementationGuideTests
{
    [Fact]
    public async Task Every_step_of_the_guide_works_in_its_order()
    {
        await using var db = await (await PostgresCluster.GetAsync()).CreateEmptyDatabaseAsync();
        Func<string, string?> setting = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Identity"] = db.ConnectionString,
            ["ConnectionStrings:IdentityMigrations"] = db.OwnerConnectionString,
        }.GetValueOrDefault;
        var cancellationToken = CancellationToken.None;

        // snippet: connect
        var application =
            PostgresConnectionString.ForApplication(setting)
            ?? throw new InvalidOperationException("Set ConnectionStrings:Identity or POSTGRES_URL.");
        var migrations = PostgresConnectionString.ForMigrations(setting)!;
        // end

        // snippet: migrate
        await using var owner = NpgsqlDataSource.Create(migrations);
        var runner = new MigrationRunner(owner);
        await runner.UpAsync(cancellationToken);
        if (await runner.StateAsync(cancellationToken) != SchemaState.Current)
            throw new InvalidOperationException("The schema is not the one that this program expects.");
        // end

        // snippet: services
        var services = new ServiceCollection().AddLogging().AddData(application);
        await using var provider = services.BuildServiceProvider();
        var database = provider.GetRequiredService<Database>();
        // end

        // snippet: user
        if (!EmailAddress.TryParse("Ada@Example.org", out var email))
            throw new InvalidOperationException("Not an email address.");
        var userId = await database.QuerySingleOrDefaultAsync(
            "INSERT INTO public.users (email) VALUES (@email) ON CONFLICT DO NOTHING RETURNING id",
            row => row.GetGuid(0),
            cancellationToken,
            ("email", email.Value)
        );
        // end

        // snippet: lookup
        var found = await database.QuerySingleOrDefaultAsync(
            """SELECT id FROM public.users WHERE lower(email COLLATE "C") = @email AND deleted_at IS NULL""",
            row => row.GetGuid(0),
            cancellationToken,
            ("email", email.Canonical)
        );
        // end
        Assert.Equal(userId, found);

        // snippet: session
        var token = OpaqueToken.Create();
        var sessionId = Guid.CreateVersion7();
        await database.InTransactionAsync(
            async (transaction, cancellation) =>
            {
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO public.sessions (id, user_id, token_hash, expires_at, amr)
                        VALUES (@id, @user, @hash, now() + interval '14 days', ARRAY['pwd'])
                    """,
                    cancellation,
                    ("id", sessionId),
                    ("user", userId),
                    ("hash", token.Digest)
                );
                await transaction.ExecuteAsync(
                    """
                    INSERT INTO public.audit_logs (user_id, event_type, event_status) VALUES (@user, 'login', 'success')
                    """,
                    cancellation,
                    ("user", userId)
                );
            },
            cancellationToken
        );
        // end

        // snippet: validate
        async Task<Guid?> ValidateAsync(string? presented) =>
            !OpaqueToken.TryParse(presented, out var candidate)
                ? null
                : await database.QuerySingleOrDefaultAsync<Guid?>(
                    """
                    SELECT s.user_id FROM public.sessions s JOIN public.users u ON u.id = s.user_id
                    WHERE s.token_hash = @hash AND s.is_active AND s.expires_at > now() AND u.deleted_at IS NULL
                        AND NOT u.is_disabled
                    """,
                    row => row.GetGuid(0),
                    cancellationToken,
                    ("hash", candidate.Digest)
                );
        // end
        Assert.Equal(userId, await ValidateAsync(token.Value));

        // snippet: list
        await using var scope = provider.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<IdentityDbContext>();
        var devices = await context
            .ActiveSessions.Where(row => row.UserId == userId)
            .OrderByDescending(row => row.LastActivityAt)
            .ToListAsync(cancellationToken);
        // end
        Assert.Equal(sessionId, Assert.Single(devices).SessionId);

        var resetToken = OpaqueToken.Create();
        await database.ExecuteAsync(
            "INSERT INTO public.password_reset_tokens (user_id, token_hash) VALUES (@user, @hash)",
            cancellationToken,
            ("user", userId),
            ("hash", resetToken.Digest)
        );

        // snippet: consume
        Task<Guid?> ConsumeAsync(OpaqueToken presented) =>
            database.QuerySingleOrDefaultAsync<Guid?>(
                """
                UPDATE public.password_reset_tokens SET used_at = now()
                WHERE token_hash = @hash AND used_at IS NULL AND expires_at > now() RETURNING user_id
                """,
                row => row.GetGuid(0),
                cancellationToken,
                ("hash", presented.Digest)
            );
        // end
        var winners = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ConsumeAsync(resetToken)));
        Assert.Equal(userId, Assert.Single(winners, static winner => winner is not null));

        // snippet: end
        await database.QuerySingleOrDefaultAsync(
            "SELECT idp.end_sessions(@sessions, 'revoked')",
            row => row.GetInt32(0),
            cancellationToken,
            ("sessions", new[] { sessionId })
        );
        // end
        Assert.Null(await ValidateAsync(token.Value));

        // snippet: maintain
        while (
            await database.QuerySingleOrDefaultAsync(
                "SELECT cleanup_expired_sessions()",
                row => row.GetInt32(0),
                cancellationToken
            ) > 0
        ) { }

        while (
            await database.QuerySingleOrDefaultAsync(
                "SELECT cleanup_expired_tokens()",
                row => row.GetInt32(0),
                cancellationToken
            ) > 0
        ) { }

        await database.ExecuteAsync("SELECT idp.ensure_audit_partitions(3)", cancellationToken);
        await database.ExecuteAsync("SELECT idp.drop_audit_partitions(interval '90 days')", cancellationToken);
        // end
    }

    [Fact]
    public void The_guide_shows_exactly_what_runs_here()
    {
        var source = File.ReadAllText(
            Repository.PathOf("tests/Identity.IntegrationTests/Data/ImplementationGuideTests.cs")
        );
        var running = Region().Matches(source).Select(static match => Dedent(match.Groups[1].Value)).ToArray();
        var shown = Block()
            .Matches(File.ReadAllText(Repository.PathOf("db/implementation-guide.md")))
            .Select(static match => match.Groups[1].Value.Trim())
            .ToArray();

        Assert.Equal(11, running.Length);
        Assert.Equal(running, shown);
    }

    private static string Dedent(string text) =>
        string.Join(
                '\n',
                text.Split('\n')
                    .Select(static line => line.StartsWith("        ", StringComparison.Ordinal) ? line[8..] : line)
            )
            .Trim();

    [GeneratedRegex(@"// snippet: [a-z]+\n(.*?)\n +// end\n", RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
