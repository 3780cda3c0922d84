using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Identity.Server.Pages.Account;

/// <summary>A page of the account: it knows the session, which the policy on the folder has checked, and the account.</summary>
internal abstract class AccountPage(UserStore users) : HostedPage
{
    private AccountFacts? _facts;

    protected UserStore Users { get; } = users;

    public ActiveSession Session => _facts!.Session;

    public UserAccount Account => _facts!.Account;

    /// <summary>Set after a change, by the address that the form's 303 leads to.</summary>
    public bool Done => Request.Query.ContainsKey("done");

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if ((_facts = await AccountFacts.ReadAsync(HttpContext, Users)) is null)
            context.Result = SeeOther("/sign-in");
        else
            await base.OnPageHandlerExecutionAsync(context, next);
    }
}
