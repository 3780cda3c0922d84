using Identity.Core.Primitives;
using Identity.Core.TwoFactor;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.TwoFactor;

public sealed class MailedCodesTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task RK_5_five_wrong_codes_stop_the_right_one_and_another_browser_has_none()
    {
        await using Rooms rooms = new(fixture.Database);
        var user = await rooms.UserAsync();
        var (mine, other) = (await BeginAsync(rooms, user), await BeginAsync(rooms, user));
        var codes = rooms.Get<MailedCodes>();
        Assert.True(await codes.SendAsync(mine, user.Id, Rooms.Stranger, default));
        var code = (await rooms.MailsToAsync(user.Email))
            .Last(static mail => mail.Kind == "sign_in_code")
            .Content.Text.Split('\n')
            .Single(static line => line.Length == 6 && line.All(char.IsAsciiDigit));

        var elsewhere = await codes.VerifyAsync(other, user.Id, code, Rooms.Stranger, default);
        for (var i = 0; i < 4; i++)
            Assert.IsType<SecondFactorResult.Wrong>(
                await codes.VerifyAsync(mine, user.Id, code == "000000" ? "000001" : "000000", Rooms.Stranger, default)
            );
        var late = await codes.VerifyAsync(mine, user.Id, code, Rooms.Stranger, default);

        Assert.IsType<SecondFactorResult.Wrong>(elsewhere);
        Assert.IsType<SecondFactorResult.Locked>(late);
    }

    [Fact]
    public async Task A_mailbox_gets_ten_codes_an_hour_and_the_last_one_stays_good()
    {
        await using Rooms rooms = new(fixture.Database);
        var user = await rooms.UserAsync();
        var challenge = await BeginAsync(rooms, user);
        var codes = rooms.Get<MailedCodes>();
        for (var i = 0; i < 10; i++)
            Assert.True(await codes.SendAsync(challenge, user.Id, Rooms.Stranger, default));

        Assert.False(await codes.SendAsync(challenge, user.Id, Rooms.Stranger, default));

        var last = (await rooms.MailsToAsync(user.Email)).Last(static mail => mail.Kind == "sign_in_code");
        var code = last.Content.Text.Split('\n').Single(static line => line.Length == 6 && line.All(char.IsAsciiDigit));
        Assert.IsType<SecondFactorResult.Accepted>(
            await codes.VerifyAsync(challenge, user.Id, code, Rooms.Stranger, default)
        );
    }

    private static async Task<OpaqueToken> BeginAsync(Rooms rooms, UserAccount user) =>
        await rooms.Get<LoginChallengeStore>().BeginAsync(new(user.Credential, ["pwd"], null), default);
}
