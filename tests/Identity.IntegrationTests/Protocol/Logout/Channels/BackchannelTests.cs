using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Maintenance;
using Identity.Core.Passwords;
using Identity.Core.People;
using Identity.Core.Privacy;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Logout.Channels;

/// <summary>
/// Back-channel logout over HTTP: whatever ends a session, every client of it stands in the ledger when the end does,
/// and a receiving process with a stock JWT library takes the token.
/// </summary>
public sealed class BackchannelTests(OidcFixture fixture) : IClassFixture<OidcFixture>
{
    private static readonly RequestContext Nobody = new(null, null, null);

    [Theory]
    [InlineData("end session", "logout")]
    [InlineData("ended on the account page", "revoked")]
    [InlineData("expired", "expired")]
    [InlineData("left idle", "expired")]
    [InlineData("password changed", "password_changed")]
    [InlineData("refresh token stolen", "token_theft")]
    [InlineData("account disabled", "user_disabled")]
    [InlineData("account erased", "user_deleted")]
    [InlineData("ended by an operator", "admin_revoked")]
    public async Task Whatever_ends_a_session_every_client_of_it_is_told(string how, string reason)
    {
        await using var receiver = await LogoutReceiverProcess.StartAsync(
            fixture.Host.Issuer,
            "web",
            fixture.ReceiverPort
        );
        using var party = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        var session = party.Session!;
        var tokens = await party.GetTokensAsync(how == "left idle" ? "openid" : "openid offline_access");
        using RelyingParty other = new(fixture.Host, "two", OidcFixture.Two);
        other.UseCookie(party.Browser.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1]);
        await other.GetTokensAsync();

        await EndAsync(how, party, tokens);

        Assert.Equal(
            $"two {reason}, web {reason}",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(client_id || ' ' || reason, ', ' ORDER BY client_id) FROM idp.logout_deliveries "
                    + "WHERE session_id = @id",
                ("id", session.Id)
            )
        );
        var heard = await receiver.HearsAsync(session.Id);
        Assert.True(heard.GetProperty("ok").GetBoolean(), heard.ToString());
        Assert.Equal(session.UserId.ToString("D"), heard.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task The_ledger_is_part_of_the_end_both_stand_or_neither()
    {
        using var party = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        await party.GetTokensAsync();
        var sessions = Service<SessionStore>();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Service<Database>()
                .InTransactionAsync<bool>(
                    async (transaction, cancel) =>
                    {
                        await sessions.EndAsync(transaction, party.Session!.Id, EndReason.Revoked, Nobody, cancel);
                        throw new InvalidOperationException("the power fails");
                    },
                    default
                )
        );

        Assert.Equal(
            0,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM idp.logout_deliveries WHERE session_id = @id",
                ("id", party.Session!.Id)
            )
        );
        Assert.Contains("code", (await party.AuthorizeAsync()).Keys);
    }

    [Fact]
    public async Task A_browser_that_was_left_ends_but_not_under_a_client_that_refreshes()
    {
        using var left = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        using var refreshing = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        var tokens = await refreshing.GetTokensAsync("openid offline_access");
        using var awake = await fixture.SignedInAsync("web", TestClients.RedirectUri, await fixture.UserAsync());
        await IdleAsync(left.Session!.Id);
        await IdleAsync(refreshing.Session!.Id);

        await Service<MaintenanceJobs>().RunAsync("idle", default);

        Assert.Equal(
            "false true true",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(is_active::text, ' ' ORDER BY is_active) FROM public.sessions WHERE id = ANY (@ids)",
                ("ids", new[] { left.Session!.Id, refreshing.Session!.Id, awake.Session!.Id })
            )
        );
        Assert.Null((await refreshing.RefreshAsync(tokens.RefreshToken!)).Error);
    }

    private async Task EndAsync(string how, RelyingParty party, Answer tokens)
    {
        var (session, user) = (party.Session!.Id, party.Session!.UserId);
        switch (how)
        {
            case "end session":
                using (var ended = await party.Browser.GetAsync($"/connect/end-session?id_token_hint={tokens.IdToken}"))
                    Assert.Equal(HttpStatusCode.SeeOther, ended.StatusCode);
                break;
            case "ended on the account page":
                Assert.True(
                    await Service<SessionStore>().EndOwnAsync(user, session, EndReason.Revoked, Nobody, default)
                );
                break;
            case "expired":
                await fixture.Database.ExecuteAsync(
                    "UPDATE public.sessions SET created_at = now() - interval '2 days', "
                        + "expires_at = now() - interval '1 second' WHERE id = @id",
                    ("id", session)
                );
                await Service<MaintenanceJobs>().RunAsync("sessions", default);
                break;
            case "left idle":
                await IdleAsync(session);
                await Service<MaintenanceJobs>().RunAsync("idle", default);
                break;
            case "password changed":
                Assert.True(PlainTextPassword.TryCreate("Purple-Otter-93-Lantern", out var password));
                Assert.True(await SetPasswordAsync(user, password));
                break;
            case "refresh token stolen":
                var successor = (await party.RefreshAsync(tokens.RefreshToken!)).RefreshToken!;
                await party.RefreshAsync(successor);
                Assert.Equal("invalid_grant", (await party.RefreshAsync(tokens.RefreshToken!)).Error);
                break;
            case "account disabled":
                Assert.True(await Service<AccountActions>().DisableAsync(user));
                break;
            case "account erased":
                Assert.True(await Service<AccountEraser>().EraseAsync(Service<Database>(), user));
                break;
            default:
                Assert.Equal(
                    1,
                    await Service<SessionStore>().EndAllAsync(user, null, EndReason.AdminRevoked, Nobody, default)
                );
                break;
        }
    }

    private Task<bool> SetPasswordAsync(Guid user, PlainTextPassword password) =>
        Service<Database>()
            .InTransactionAsync(
                async (transaction, cancel) =>
                {
                    var hash = Service<PasswordHasher>().Hash(password);
                    return await Service<PasswordChanger>()
                        .SetAsync(transaction, user, hash, null, EndReason.PasswordChanged, Nobody, cancel);
                },
                default
            );

    private Task IdleAsync(Guid session) =>
        fixture.Database.ExecuteAsync(
            "UPDATE public.sessions SET last_activity_at = now() - interval '3 hours' WHERE id = @id",
            ("id", session)
        );

    private T Service<T>()
        where T : notnull => fixture.Host.Services.GetRequiredService<T>();
}
