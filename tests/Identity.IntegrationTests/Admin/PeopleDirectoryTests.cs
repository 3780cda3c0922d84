using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Admin;

/// <summary>Finding people: by the beginning of an address or a name, by id, state, role and last sign-in, page by
/// page.</summary>
public sealed class PeopleDirectoryTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    [Theory]
    [InlineData("zoe", "zoe.1@find.example zoe.2@find.example zoe.3@find.example x@find.example")]
    [InlineData("ZOE.2@", "zoe.2@find.example")]
    [InlineData("zoe%", "")]
    [InlineData("Ärger", "")]
    [InlineData("Zoe Q", "x@find.example")]
    public async Task A_text_is_the_beginning_of_an_address_or_a_name(string text, string expected)
    {
        await FurnishAsync();

        Assert.Equal(expected, await AllAsync(new(text), 2));
    }

    [Fact]
    public async Task An_id_finds_its_person()
    {
        var person = await fixture.UserAsync();

        Assert.Equal(person.Email, await AllAsync(new(person.Id.ToString()), 5));
    }

    [Fact]
    public async Task States_roles_and_the_last_sign_in_narrow_the_list()
    {
        await FurnishAsync();
        var holder = await fixture.HolderAsync(AdminRole.Auditor);
        var role = await fixture.Database.ScalarAsync<Guid>(
            "SELECT id FROM idp.roles WHERE name = @name",
            ("name", AdminRole.Auditor)
        );
        var moment = fixture.Service<TimeProvider>().GetUtcNow().AddDays(-300);

        Assert.Equal("zoe.2@find.example", await AllAsync(new("zoe", PersonState.Deactivated), 1));
        Assert.Equal("zoe.3@find.example", await AllAsync(new("zoe", PersonState.Locked), 1));
        Assert.Equal("zoe.1@find.example x@find.example", await AllAsync(new("zoe", PersonState.Active), 1));
        Assert.Equal(holder.Email, await AllAsync(new(RoleId: role), 1));
        Assert.Equal(
            "zoe.2@find.example zoe.3@find.example zoe.1@find.example",
            await AllAsync(new(NotSeenSince: moment), 1)
        );
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("e.00000000000000000000000000000000.")]
    [InlineData("c.00000000000000000000000000000000.99999999999999999999")]
    [InlineData("n.xx.\ud800")]
    public async Task A_place_that_is_none_is_the_beginning_or_the_end_and_never_an_error(string from)
    {
        await FurnishAsync();
        await using var scope = fixture.Host.Services.CreateAsyncScope();
        var directory = scope.ServiceProvider.GetRequiredService<PeopleDirectory>();

        var outcome = await directory.SearchAsync(OperatorSteps.Everything, new("zoe"), from, 5, default);

        Assert.IsType<AdminOutcome<PeoplePage>.Done>(outcome);
    }

    [Fact]
    public async Task The_newest_come_first_to_the_last_page_though_some_are_older_than_1970()
    {
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO users (email, created_at, is_disabled)
            SELECT n || '@old.example', timestamptz '1950-01-01Z' + n * interval '1 year', true
            FROM generate_series(1, 5) n
            """
        );

        var listed = await AllAsync(new(State: PersonState.Deactivated), 1);

        Assert.EndsWith(
            "5@old.example 4@old.example 3@old.example 2@old.example 1@old.example",
            listed,
            StringComparison.Ordinal
        );
    }

    // Every page of a list, by its links, as addresses.
    private async Task<string> AllAsync(PersonFilter filter, int page)
    {
        await using var scope = fixture.Host.Services.CreateAsyncScope();
        var directory = scope.ServiceProvider.GetRequiredService<PeopleDirectory>();
        List<string> found = [];
        string? from = null;
        do
        {
            var outcome = await directory.SearchAsync(OperatorSteps.Everything, filter, from, page, default);
            var done = Assert.IsType<AdminOutcome<PeoplePage>.Done>(outcome).Value;
            found.AddRange(done.People.Select(static person => person.Email));
            from = done.Next;
        } while (from is not null && found.Count < 50);
        return string.Join(' ', found);
    }

    private Task FurnishAsync() =>
        fixture.Database.ExecuteAsync(
            """
            INSERT INTO users (email, name, email_verified, is_disabled, operator_locked_until, last_login_at) VALUES
                ('zoe.1@find.example', 'Zoe', true, false, NULL, now() - interval '500 days'),
                ('zoe.2@find.example', NULL, true, true, NULL, now() - interval '400 days'),
                ('zoe.3@find.example', 'Anna', true, false, now() + interval '1 day',
                    now() - interval '400 days 1 hour'),
                ('x@find.example', 'Zoe Quinn', true, false, NULL, now())
            ON CONFLICT DO NOTHING
            """
        );
}
