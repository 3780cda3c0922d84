using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.People;
using Identity.Testing;
using Microsoft.EntityFrameworkCore;

namespace Identity.IntegrationTests.Admin;

/// <summary>A list of people reads what it shows, however few of many match: at a million people a walk through all
/// takes half a second.</summary>
public sealed class PeopleDirectoryPlanTests(PeopleDirectoryPlanTests.Scene scene)
    : IClassFixture<PeopleDirectoryPlanTests.Scene>
{
    private const int PageSize = 50;

    public static TheoryData<PersonState, bool> Filters
    {
        get
        {
            TheoryData<PersonState, bool> filters = [];
            foreach (var state in Enum.GetValues<PersonState>())
            {
                filters.Add(state, false);
                filters.Add(state, true);
            }
            return filters;
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task A_filter_reads_little_more_than_a_page(PersonState state, bool notSeen)
    {
        var since = notSeen ? TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1) : (DateTimeOffset?)null;

        var (people, read) = await ReadAsync(new(State: state, NotSeenSince: since));

        Assert.Equal(state is PersonState.Any or PersonState.Active ? PageSize : 3, people);
        Assert.InRange(read, 1, 3 * PageSize);
    }

    [Fact]
    public async Task A_role_that_few_hold_reads_its_holders()
    {
        var (people, read) = await ReadAsync(new(RoleId: Scene.Role));

        Assert.Equal(3, people);
        Assert.InRange(read, 1, 3 * PageSize);
    }

    // The rows of users that the list read, matching or not.
    private async Task<(int People, long Read)> ReadAsync(PersonFilter filter)
    {
        await using IdentityDbContext context = new(
            new DbContextOptionsBuilder<IdentityDbContext>().UseNpgsql(scene.Database.Owner).Options
        );
        await using var transaction = await context.Database.BeginTransactionAsync();
        PeopleDirectory directory = new(context, TimeProvider.System);

        var before = await RowsReadAsync(context);
        var found = await directory.SearchAsync(OperatorSteps.Everything, filter, null, PageSize, default);
        var read = await RowsReadAsync(context) - before;

        return (Assert.IsType<AdminOutcome<PeoplePage>.Done>(found).Value.People.Count, read);
    }

    // Counts what the connection has not reported yet, so that the difference is what was asked between.
    private static Task<long> RowsReadAsync(IdentityDbContext context) =>
        context
            .Database.SqlQuery<long>(
                $"""
                SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS "Value"
                FROM pg_stat_xact_user_tables WHERE schemaname = 'public' AND relname = 'users'
                """
            )
            .SingleAsync();

    /// <summary>Twenty thousand people, and three of each state.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        private readonly DatabaseFixture _fixture = new();

        public static Guid Role { get; } = new("0193a1b2-0000-7000-8000-0000000000aa");

        public TestDatabase Database => _fixture.Database;

        public async Task InitializeAsync()
        {
            await _fixture.InitializeAsync();
            await Database.ExecuteAsync(
                """
                INSERT INTO users (id, email, name, email_verified, last_login_at, created_at, is_disabled,
                        operator_locked_until)
                    SELECT md5('u' || n)::uuid, 'p' || n || '@example.org', 'Person ' || n, n NOT IN (1, 9000, 19000),
                        now() - interval '2 days' - n * interval '1 minute', now() - n * interval '1 minute',
                        n IN (2, 9001, 19001), CASE WHEN n IN (3, 9002, 19002) THEN now() + interval '1 day' END
                    FROM generate_series(1, 20000) n;
                INSERT INTO idp.roles (id, name) VALUES ('0193a1b2-0000-7000-8000-0000000000aa', 'rare'),
                    ('0193a1b2-0000-7000-8000-0000000000ab', 'usual');
                INSERT INTO idp.user_roles (user_id, role_id)
                    SELECT md5('u' || n)::uuid, '0193a1b2-0000-7000-8000-0000000000ab'
                    FROM generate_series(1, 20000) n;
                INSERT INTO idp.user_roles (user_id, role_id)
                    SELECT md5('u' || n)::uuid, '0193a1b2-0000-7000-8000-0000000000aa'
                    FROM unnest(ARRAY[5, 9005, 19005]) n;
                ANALYZE users, idp.user_roles;
                """
            );
        }

        public Task DisposeAsync() => _fixture.DisposeAsync();
    }
}
