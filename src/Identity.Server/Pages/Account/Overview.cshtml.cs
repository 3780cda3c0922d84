using Identity.Core.Users;

namespace Identity.Server.Pages.Account;

/// <summary>A security check-up of the account: what protects it, and the one step that would help most.</summary>
internal sealed class OverviewModel(UserStore users, SecurityStatusReader security) : AccountPage(users)
{
    /// <summary>A line of the check-up.</summary>
    /// <param name="Label">What is looked at.</param>
    /// <param name="Finding">How it stands.</param>
    /// <param name="IsGood">Whether nothing is to be done about it; null for what is neither good nor bad.</param>
    /// <param name="Path">Where it is changed.</param>
    /// <param name="Link">A key of the texts: what that link is called.</param>
    public sealed record Check(string Label, string Finding, bool? IsGood, string Path, string Link);

    public SecurityStatus Status { get; private set; } = new(0, 0, 0, 1, null);

    /// <summary>What to do next; null when all is well.</summary>
    public SecurityCheckup.Step? Next { get; private set; }

    public async Task OnGetAsync()
    {
        Status = await security.ReadAsync(Account.Id, HttpContext.RequestAborted) ?? Status;
        Next = SecurityCheckup.Next(Account, Status);
    }
}
