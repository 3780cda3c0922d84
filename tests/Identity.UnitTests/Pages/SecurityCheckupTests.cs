using Identity.Core.Users;
using Identity.Server.Pages.Account;

namespace Identity.UnitTests.Pages;

/// <summary>Which one step an account is offered.</summary>
public sealed class SecurityCheckupTests
{
    [Theory]
    [InlineData(false, true, false, 0, 0, 0, "Email")]
    [InlineData(false, true, true, 0, 0, 0, "Email")]
    [InlineData(true, true, false, 0, 0, 0, "TwoFactor")]
    [InlineData(true, true, false, 2, 0, 0, "TwoFactor")]
    [InlineData(true, true, true, 0, 2, 0, "Codes")]
    [InlineData(true, true, true, 1, 0, 0, "Codes")]
    [InlineData(true, true, true, 0, 3, 0, "Passkey")]
    [InlineData(true, true, true, 1, 3, 0, null)]
    [InlineData(true, false, false, 0, 0, 1, "Passkey")]
    [InlineData(true, false, false, 1, 0, 0, "SecondPasskey")]
    [InlineData(true, false, false, 1, 0, 1, null)]
    [InlineData(true, false, false, 2, 0, 0, null)]
    public void One_step_is_next_until_nothing_is_left(
        bool proved,
        bool password,
        bool twoFactor,
        int passkeys,
        int codes,
        int elsewhere,
        string? step
    )
    {
        var account = Account(proved, password, twoFactor);

        var next = SecurityCheckup.Next(account, new(passkeys, elsewhere, codes, 1, null));

        Assert.Equal(step, next?.Name);
    }

    private static UserAccount Account(bool proved, bool password, bool twoFactor) =>
        new(
            Guid.NewGuid(),
            "ada@example.org",
            proved,
            null,
            null,
            null,
            null,
            password,
            twoFactor,
            false,
            null,
            null,
            null,
            DateTimeOffset.UnixEpoch,
            null,
            null,
            false,
            1
        );
}
