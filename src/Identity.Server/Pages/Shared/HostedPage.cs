using System.Globalization;
using Identity.Core.BotDefence;
using Identity.Core.Grants;
using Identity.Core.Primitives;
using Identity.Server.Browser;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Branding;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary> The base of the hosted pages: a checked return URL, the authorization request behind it, and the challenge
/// of its form. A page binds input to its own input model, never to an entity (WB-9), and reports faults with <see
/// cref="LocalizedPage.Wrong"/>.
/// </summary>
internal abstract class HostedPage : LocalizedPage
{
    /// <summary>The return URL; a local path or null (WB-3).</summary>
    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    /// <summary>The authorization request that led here, if any.</summary>
    public AuthorizationContext? Authorization { get; private set; }

    /// <summary>The time to wait, for an answer 429 or 503.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>The challenge of the form (<see cref="AsksForChallengeAttribute"/>); usually null.</summary>
    public BotChallengePrompt? BotPrompt { get; private set; }

    /// <summary>Set if the form was refused for lack of an answer: a person who cannot give one may send it again after
    /// this time.</summary>
    public TimeSpan? ChallengeWait { get; private set; }

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        ReturnUrl = LocalUrl.OrNull(ReturnUrl);
        // Input is shown again from the input model, so that links use this checked value.
        ModelState.Remove("returnUrl");
        Authorization = await HttpContext.ReadAuthorizationAsync(ReturnUrl);
        if (Authorization is { } authorization)
        {
            HttpContext.AllowFormAction(authorization.RedirectUri);
            HttpContext.UseTheme(authorization.Theme);
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

    /// <summary>The typed address; null if it is invalid, which is reported beside its field.</summary>
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

    /// <summary>The form again, with 400, for input that no person types (PW-2).</summary>
    protected IActionResult Refused()
    {
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
