using System.Reflection;
using Identity.Core.BotDefence;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Pages.Shared;

/// <summary>Adds the challenge of a form around the handler of a page.</summary>
internal sealed class ChallengeStep(BotGate gate)
{
    /// <summary>The step of this page, or null if it has none. The handlers of the language switch and the password
    /// meter are exempt.</summary>
    public static ChallengeStep? Of(PageHandlerExecutingContext context) =>
        context.HandlerMethod?.Name is null && Rule(context.HandlerInstance) is not null
            ? context.HttpContext.RequestServices.GetRequiredService<ChallengeStep>()
            : null;

    /// <summary>Before the handler of a form.</summary>
    public Task<BotGateResult> BeforeAsync(HttpContext http) =>
        gate.PassAsync(http.ReadRequestContext().IpAddress, http.Request.Form[gate.ResponseField], http.RequestAborted);

    /// <summary>For a page shown by GET.</summary>
    public Task<BotChallengePrompt?> PromptAsync(HttpContext http) =>
        gate.PromptAsync(http.ReadRequestContext().IpAddress, http.RequestAborted);

    /// <summary>After the handler of a form: the challenge if the page is shown again, or null. If the form succeeded,
    /// the count is corrected.</summary>
    public async Task<BotChallengePrompt?> AfterAsync(
        HttpContext http,
        PageHandlerExecutedContext done,
        BotGateResult.Open passed
    )
    {
        if (done.Result is PageResult)
            return passed.Next;
        if (
            Rule(done.HandlerInstance) is { ForgivesSuccess: true }
            && done.Result is StatusCodeResult { StatusCode: StatusCodes.Status303SeeOther }
        )
            await gate.ForgiveAsync(http.ReadRequestContext().IpAddress, passed, http.RequestAborted);
        return null;
    }

    /// <summary>Allows the page to load what the challenge needs.</summary>
    public static void Allow(HttpContext http, BotChallengePrompt prompt)
    {
        if (prompt.ScriptUri is { } script)
            http.AllowChallenge([script.AbsoluteUri, .. prompt.Origins]);
    }

    private static AsksForChallengeAttribute? Rule(object page) =>
        page.GetType().GetCustomAttribute<AsksForChallengeAttribute>();
}
