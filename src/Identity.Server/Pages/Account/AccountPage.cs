using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Identity.Server.Pages.Account;

/// <summary>A page of the account: it knows the session, which the policy on the folder has checked, and the
/// account.</summary>
internal abstract class AccountPage(UserStore users) : HostedPage
{
    private AccountFacts? _facts;

    protected UserStore Users { get; } = users;

    public ActiveSession Session => _facts!.Session;

    public UserAccount Account => _facts!.Account;

    /// <summary>Whether a change was just made, taken from the address of the form's 303.</summary>
    public bool Done => Request.Query.ContainsKey("done");

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        _facts = await AccountFacts.ReadAsync(HttpContext, Users);
        HttpContext.RequestServices.GetRequiredService<PersonTimeZone>().Prefer(_facts?.Account.Zoneinfo);
        if (_facts is null)
            context.Result = SeeOther("/sign-in");
        else if (RequiresStepUpAttribute.IsMissing(context, Session))
            context.Result = SeeOther(LocalUrl.With("/confirm-identity", WayBack()));
        else
            await base.OnPageHandlerExecutionAsync(context, next);
    }

    // Returns to the page itself, without the data of a posted form.
    private string WayBack() =>
        LocalUrl.OrNull(HttpMethods.IsGet(Request.Method) ? Request.Path + Request.QueryString.Value : null)
        ?? LocalUrl.With(Request.Path, LocalUrl.OrNull(ReturnUrl));
}
