using System.Globalization;
using Identity.Core.BotDefence;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary>
/// What every page of these has: a return URL that was checked, the authorization request behind it, and the challenge
/// of its form.
/// A page takes what people type in an input model of its own, never in an entity (WB-9), and says what is wrong in
/// <see cref="LocalizedPage.Wrong"/>.
/// </summary>
internal abstract class HostedPage : LocalizedPage
{
    /// <summary>Where the person goes on to; a local path or null (WB-3).</summary>
    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    /// <summary>The authorization request that brought the person here, if one did.</summary>
    public AuthorizationContext? Authorization { get; private set; }

    /// <summary>For how long to wait, on an answer 429 or 503.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>What the form asks of the browser before it is taken (<see cref="AsksForChallengeAttribute"/>); usually
    /// nothing.</summary>
    public BotChallengePrompt? BotPrompt { get; private set; }

    /// <summary>The form was held back for want of an answer: who cannot give one may send it again after so
    /// long.</summary>
    public TimeSpan? ChallengeWait { get; private set; }

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        ReturnUrl = LocalUrl.OrNull(ReturnUrl);
        // What was typed is shown again from the input model, so that this checked value is the one that links carry
        // on.
        ModelState.Remove("returnUrl");
        Authorization = await HttpContext.ReadAuthorizationAsync(ReturnUrl);
        if (Authorization is { } authorization)
        {
            HttpContext.AllowFormAction(authorization.RedirectUri);
            if (authorization.LogoUri is { } logo)
                HttpContext.AllowImage(logo.AbsoluteUri);
        }
        if (ChallengeStep.Of(context) is { } step)
            await GoOnAsync(step, context, next);
        else
            await next();
        if (BotPrompt is { } challenge)
            ChallengeStep.Allow(HttpContext, challenge);
    }

    private async Task GoOnAsync(
        ChallengeStep step,
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        if (!HttpMethods.IsPost(Request.Method))
        {
            BotPrompt = await step.PromptAsync(HttpContext);
            await next();
            return;
        }
        switch (await step.BeforeAsync(HttpContext))
        {
            case BotGateResult.Asks asks:
                (BotPrompt, ChallengeWait) = (asks.Prompt, asks.RetryAfter);
                Later(StatusCodes.Status429TooManyRequests, asks.RetryAfter);
                context.Result = Page();
                break;
            case BotGateResult.Unavailable unavailable:
                context.Result = Later(StatusCodes.Status503ServiceUnavailable, unavailable.RetryAfter);
                break;
            case BotGateResult.Open open:
                BotPrompt = await step.AfterAsync(HttpContext, await next(), open);
                break;
        }
    }

    /// <summary>The address that was typed; null when it is none, which is said beside its field.</summary>
    protected EmailAddress? ReadAddress(string? typed, IStringLocalizer texts)
    {
        if (EmailAddress.TryParse(typed?.Trim(), out var address))
            return address;
        Wrong("Input.Email", texts[string.IsNullOrWhiteSpace(typed) ? "Email.Missing" : "Email.Malformed"]);
        return null;
    }

    /// <summary>The form again, with 429 or 503 and the time to wait.</summary>
    protected IActionResult Later(int status, TimeSpan retryAfter)
    {
        RetryAfter = retryAfter;
        Response.StatusCode = status;
        Response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(
            CultureInfo.InvariantCulture
        );
        return Page();
    }

    /// <summary>The form again, with 400: what came is nothing that a person types (PW-2).</summary>
    protected IActionResult Refused()
    {
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
