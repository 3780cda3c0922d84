using System.Net;
using Identity.Core.Administration;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Admin;

/// <summary>The last administrator stays, whatever somebody with every permission does in the console.</summary>
public sealed class LastAdministratorPageTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>, IAsyncLifetime
{
    private UserAccount _last = null!;
    private PageBrowser _deputy = null!;

    public async Task InitializeAsync()
    {
        await fixture.Database.ExecuteAsync("DELETE FROM idp.user_roles");
        await fixture.Database.ExecuteAsync(
            "INSERT INTO idp.roles (name, is_administrative, permissions) VALUES ('deputies', true, @permissions) "
                + "ON CONFLICT DO NOTHING",
            ("permissions", AdminPermission.All.Select(static one => one.Name).ToArray())
        );
        _last = await fixture.HolderAsync(AdminRole.Admin);
        var deputy = await fixture.UserAsync();
        await fixture.GrantAsync(deputy, "deputies");
        _deputy = await fixture.SignedInAsync(deputy);
    }

    public Task DisposeAsync()
    {
        _deputy.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("Lock")]
    [InlineData("Deactivate")]
    [InlineData("Erase")]
    [InlineData("WithdrawRole")]
    public async Task The_last_administrator_stays(string handler)
    {
        var page = await _deputy.GetAsync($"/admin/people/{_last.Id}");

        var answer = await _deputy.SubmitAsync(
            page,
            [("Lock.Minutes", "60"), ("Erasure.Confirmation", _last.Email)],
            $"handler={handler}"
        );

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("This person is the last administrator", answer.Text, StringComparison.Ordinal);
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM idp.user_roles h
                JOIN idp.roles r ON r.id = h.role_id JOIN users u ON u.id = h.user_id
                WHERE r.name = 'identity-admin' AND NOT u.is_disabled AND u.operator_locked_until IS NULL
                """
            )
        );
    }

    [Fact]
    public async Task With_a_second_administrator_the_first_may_go()
    {
        await fixture.HolderAsync(AdminRole.Admin);
        var page = await _deputy.GetAsync($"/admin/people/{_last.Id}");

        var answer = await _deputy.SubmitAsync(page, [], "handler=WithdrawRole");

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
    }
}
