using System.Reflection;
using Identity.Core.Sessions;
using Identity.Server.Pages.Account;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Identity.Server.Pages.Flow;

/// <summary> On a page of the account or one of its handlers: requires that the person authenticated within the last
/// five minutes, with the second factor if there is one (SE-10). Others are sent to <c>/confirm-identity</c> and back.
/// <see cref="Account.AccountPage"/> enforces it.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class RequiresStepUpAttribute : Attribute
{
    /// <summary>The page itself asks for the password, so only the second factor may be missing.</summary>
    public bool PageAsksForPassword { get; init; }

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>Whether this request needs a step-up first.</summary>
    public static bool IsMissing(PageHandlerExecutingContext context, ActiveSession session)
    {
        var required =
            context.HandlerMethod?.MethodInfo.GetCustomAttribute<RequiresStepUpAttribute>()
            ?? context.HandlerInstance.GetType().GetCustomAttribute<RequiresStepUpAttribute>();
        if (required is null || IsFresh(session))
            return false;
        return !required.PageAsksForPassword || session.TwoFactorEnabled;
    }

    /// <summary>Whether the last proof is recent enough. All times are the database's.</summary>
    public static bool IsFresh(ActiveSession session) =>
        session.ProvedAt is { } proved && session.ReadAt - proved < MaxAge;
}
