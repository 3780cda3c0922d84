using Identity.Core.Users;

namespace Identity.Server.Pages.Account;

/// <summary>A security check-up of the account: what protects it, and the step that would help most.</summary>
internal sealed class OverviewModel(UserStore users, SecurityStatusReader security) : AccountPage(users)
{
    /// <summary>A line of the check-up.</summary>
    /// <param name="Label">The subject.</param>
    /// <param name="Finding">Its state.</param>
    /// <param name="IsGood">Whether it needs no action; null if it is neither good nor bad.</param>
    /// <param name="Path">The page to change it.</param>
    /// <param name="Link">The key of the link's text.</param>
    public sealed record Check(string Label, string Finding, bool? IsGood, string Path, string Link);

    public SecurityStatus Status { get; private set; } = new(0, 0, 0, 1, null);

    /// <summary>The next step; null if there is nothing to do.</summary>
    public SecurityCheckup.Step? Next { get; private set; }

    public async Task OnGetAsync()
    {
        Status = await security.ReadAsync(Account.Id, HttpContext.RequestAborted) ?? Status;
        Next = SecurityCheckup.Next(Account, Status);
    }
}
