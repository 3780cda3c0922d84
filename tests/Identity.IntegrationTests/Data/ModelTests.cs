using System.Net;
using Identity.Core.Data;
using Identity.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Identity.IntegrationTests.Data;

public sealed class ModelTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Every_column_of_the_model_is_a_column_of_the_database_and_the_reverse()
    {
        await using var services = Services();
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<IdentityDbContext>();

        var mapped = context.Model.GetEntityTypes().SelectMany(Columns).Order(StringComparer.Ordinal).ToArray();
        var standing = (
            await fixture.Database.Database.QueryAsync(
                """
                SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
                       CASE WHEN c.relkind = 'v' THEN '' WHEN a.attnotnull THEN ' not null' ELSE ' null' END
                FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0
                    AND NOT a.attisdropped
                """,
                static row => row.GetString(0),
                CancellationToken.None
            )
        ).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(standing, mapped);
    }

    [Fact]
    public async Task A_person_and_a_session_come_back_through_tables_and_views_as_they_were_saved()
    {
        await using var services = Services();
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<IdentityDbContext>();
        var now = TimeProvider.System.GetUtcNow();
        var user = new UserRow
        {
            Id = Guid.NewGuid(),
            Email = "Ada@example.org",
            Address = """{"country": "GB"}""",
            LastLoginIp = IPAddress.Loopback,
            CreatedAt = now,
        };
        var session = new SessionRow
        {
            Id = Guid.CreateVersion7(),
            UserId = user.Id,
            TokenHash = new byte[32],
            Amr = ["pwd", "otp"],
            CreatedAt = now,
            AuthTime = now,
            LastActivityAt = now,
            ExpiresAt = now.AddHours(1),
        };

        context.Users.Add(user);
        context.Sessions.Add(session);
        context.AuditLogs.Add(
            new()
            {
                Id = Guid.CreateVersion7(),
                UserId = user.Id,
                EventType = "login",
                EventStatus = "success",
                CreatedAt = now,
            }
        );
        await context.SaveChangesAsync();
        using var counter = SqlCommandCounter.Start();
        var active = await context.ActiveSessions.SingleAsync(row => row.UserId == user.Id);
        var status = await context.UserSecurityStatus.SingleAsync(row => row.UserId == user.Id);

        Assert.Equal((session.Id, "Ada@example.org"), (active.SessionId, active.Email));
        Assert.Equal(["pwd", "otp"], active.Amr);
        Assert.Equal((1L, "login", false), (status.ActiveSessionCount, status.LastEventType, status.IsLocked));
        Assert.Equal(2, counter.Commands);
    }

    private ServiceProvider Services() =>
        new ServiceCollection().AddLogging().AddData(fixture.Database.ConnectionString).BuildServiceProvider();

    private static IEnumerable<string> Columns(IEntityType entity) =>
        entity
            .GetProperties()
            .Select(property =>
                $"{entity.GetTableName() ?? entity.GetViewName()}.{property.GetColumnName()} {property.GetColumnType()}"
                + (
                    entity.GetTableName() is null ? ""
                    : property.IsNullable ? " null"
                    : " not null"
                )
            );
}
