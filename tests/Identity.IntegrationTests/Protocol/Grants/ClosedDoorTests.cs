using System.Net;
using Identity.Core.Keys;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>What a client holds for a person rests while nothing can be signed, and while an operator's lock is on; it
/// is not used up meanwhile.</summary>
public sealed class ClosedDoorTests(ExtensionGrantFixture fixture) : IClassFixture<ExtensionGrantFixture>
{
    [Fact]
    public async Task Without_a_key_that_signs_every_grant_is_refused_for_now_and_good_afterwards()
    {
        using var ready = await ReadyGrants.MakeAsync(fixture);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.signing_keys SET activates_at = now() - interval '1 day', retires_at = clock_timestamp()"
        );
        await ReloadAsync();

        Dictionary<string, Answer> refused = [];
        foreach (var name in ready.Names)
            refused[name] = await ready.RedeemAsync(name);
        foreach (var algorithm in (string[])["ES256", "RS256"])
            await Service<SigningKeyRotation>().RotateAsync(algorithm, activate: true, default);
        await ReloadAsync();
        Dictionary<string, Answer> granted = [];
        foreach (var name in ready.Names)
            granted[name] = await ready.RedeemAsync(name);

        Assert.Equal(4, ready.Names.Count);
        Assert.All(
            refused,
            static one =>
                Assert.Equal(
                    (one.Key, HttpStatusCode.ServiceUnavailable, "temporarily_unavailable"),
                    (one.Key, one.Value.Status, one.Value.Error)
                )
        );
        Assert.All(granted, static one => Assert.True(one.Value.AccessToken is not null, one.Key + one.Value.Text));
    }

    [Fact]
    public async Task While_an_operators_lock_is_on_no_grant_gives_a_token_and_what_was_open_goes_on_afterwards()
    {
        using var ready = await ReadyGrants.MakeAsync(fixture);
        var user = (await Service<UserStore>().FindAsync(ready.UserId, default))!;
        await Service<AccountActions>().LockAsync(user.Id);

        Dictionary<string, Answer> refused = [];
        foreach (var name in ready.Names)
            refused[name] = await ready.RedeemAsync(name);
        await Service<AccountActions>().UnlockAsync(user.Id);
        var refreshed = await ready.RedeemAsync("refresh");

        Assert.All(
            refused,
            static one =>
                Assert.Equal(
                    (one.Key, HttpStatusCode.BadRequest, null),
                    (one.Key, one.Value.Status, one.Value.AccessToken)
                )
        );
        Assert.NotNull(refreshed.AccessToken);
    }

    private T Service<T>()
        where T : notnull => fixture.Host.Services.GetRequiredService<T>();

    private Task ReloadAsync() => Service<SigningKeyRing>().ReloadAsync(default);
}
