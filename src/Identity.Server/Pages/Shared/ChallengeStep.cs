using System.Reflection;
using Identity.Core.BotDefence;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Pages.Shared;

/// <summary>The challenge of a form, as a step around the handler of a page.</summary>
internal sealed class ChallengeStep(BotGate gate)
{
    /// <summary>The step of this page, or null when it has none. The language switch and the meter stand in the page as
    /// well and are not meant.</summary>
    public static ChallengeStep? Of(PageHandlerExecutingContext context) =>
        context.HandlerMethod?.Name is null && Rule(context.HandlerInstance) is not null
            ? context.HttpContext.RequestServices.GetRequiredService<ChallengeStep>()
            : null;

    /// <summary>Before the handler of a form.</summary>
    public Task<BotGateResult> BeforeAsync(HttpContext http) =>
        gate.PassAsync(http.ReadRequestContext().IpAddress, http.Request.Form[gate.ResponseField], http.RequestAborted);

    /// <summary>For a page about to be shown by GET.</summary>
    public Task<BotChallengePrompt?> PromptAsync(HttpContext http) =>
        gate.PromptAsync(http.ReadRequestContext().IpAddress, http.RequestAborted);

    /// <summary>After the handler of a form: the challenge of the page that shows it again, or null. Where the form led
    /// on, the count is set right.</summary>
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

    /// <summary>Lets the page load what the challenge needs.</summary>
    public static void Allow(HttpContext http, BotChallengePrompt prompt)
    {
        if (prompt.ScriptUri is { } script)
            http.AllowChallenge([script.AbsoluteUri, .. prompt.Origins]);
    }

    private static AsksForChallengeAttribute? Rule(object page) =>
        page.GetType().GetCustomAttribute<AsksForChallengeAttribute>();
}
