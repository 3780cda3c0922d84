using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Testing;

namespace Identity.IntegrationTests.Clients;

/// <summary>What an operator does to scopes, whichever way they ask.</summary>
public sealed class ScopeAdministrationTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_scope_is_made_changed_and_removed_once_no_app_names_it()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        var actor = AppsFixture.Person();

        var made = await CreateAsync(apps, "orders:read");
        await apps.AddAsync("shop", AppsFixture.WebApp("openid", "orders:read"));
        var named = await apps.Scopes.RemoveAsync(actor, "orders:read", null, AppsFixture.From, default);
        var changed = await apps.Scopes.ChangeAsync(
            actor,
            "orders:read",
            new() { Resources = ["https://orders.example"], Claims = ["email"] },
            null,
            AppsFixture.From,
            default
        );
        var resources = apps.Registry.Catalog.ResourcesOf(["orders:read"]);
        await apps.Clients.RemoveAsync(actor, "shop", null, AppsFixture.From, default);
        var removed = await apps.Scopes.RemoveAsync(actor, "orders:read", null, AppsFixture.From, default);

        Assert.IsType<AdminOutcome.Done>(made);
        Assert.Contains("shop", Assert.IsType<AdminOutcome.Invalid>(named).Text, StringComparison.Ordinal);
        Assert.IsType<AdminOutcome.Done>(changed);
        Assert.Equal(["https://orders.example"], resources);
        Assert.IsType<AdminOutcome.Done>(removed);
        Assert.Equal(
            "scope_added scope_changed scope_removed",
            await fixture.Database.ScalarAsync<string>(
                """
                SELECT string_agg(event_type, ' ' ORDER BY created_at) FROM public.audit_logs
                WHERE details ->> 'scope' = 'orders:read'
                """
            )
        );
    }

    [Fact]
    public async Task A_scope_is_never_removed_under_an_app_that_is_made_at_the_same_moment()
    {
        using var one = await AppsFixture.CreateAsync(fixture.Database);
        using var other = await AppsFixture.CreateAsync(fixture.Database);

        for (var round = 0; round < 25; round++)
        {
            var (scope, client) = ($"race:{round}", $"race-{round}");
            await CreateAsync(one, scope);
            await other.Registry.LoadAsync(strict: true, default);
            var removing = one.Scopes.RemoveAsync(AppsFixture.Person(), scope, null, AppsFixture.From, default);
            var making = other.Clients.CreateAsync(
                AppsFixture.Person(),
                client,
                AppsFixture.WebApp("openid", scope),
                AppsFixture.From,
                default
            );
            await Task.WhenAll(removing, making);

            Assert.NotEqual(await removing is AdminOutcome.Done, await making is AdminOutcome<WrittenClient>.Done);
        }
        await one.Registry.LoadAsync(strict: true, default);

        Assert.Empty(one.Registry.Catalog.Faulty);
    }

    [Theory]
    [InlineData("openid", "name")]
    [InlineData("identity.users.write", "name")]
    [InlineData("with space", "name")]
    [InlineData("with\"quote", "name")]
    [InlineData("api:ok", "resources")]
    public async Task A_scope_that_cannot_be_is_refused(string name, string field)
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        ScopeDefinition definition = new() { Resources = field == "resources" ? ["not an audience"] : null };

        var outcome = await apps.Scopes.CreateAsync(AppsFixture.Person(), name, definition, AppsFixture.From, default);

        Assert.Equal(field, Assert.IsType<AdminOutcome.Invalid>(outcome).Field);
    }

    [Fact]
    public async Task A_stale_version_and_a_missing_permission_change_nothing()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await CreateAsync(apps, "kept:read");

        var stale = await apps.Scopes.ChangeAsync(
            AppsFixture.Person(),
            "kept:read",
            new() { Resources = ["https://stale.example"] },
            "1",
            AppsFixture.From,
            default
        );
        var refused = await apps.Scopes.RemoveAsync(
            AppsFixture.Person(AdminPermission.ScopesRead),
            "kept:read",
            null,
            AppsFixture.From,
            default
        );

        Assert.IsType<AdminOutcome.Stale>(stale);
        Assert.IsType<AdminOutcome.Refused>(refused);
        Assert.Equal(["kept:read"], apps.Registry.Catalog.ResourcesOf(["kept:read"]));
    }

    private static Task<AdminOutcome> CreateAsync(AppsFixture apps, string name) =>
        apps.Scopes.CreateAsync(AppsFixture.Person(), name, new(), AppsFixture.From, default);
}
