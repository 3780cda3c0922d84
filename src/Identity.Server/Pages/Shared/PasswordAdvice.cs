using Identity.Core.Passwords;
using Identity.Core.Throttling;
using Identity.Server.Browser;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary>Translates the verdict of the policy into text, beside the field and in the meter while typing. A page
/// offers the meter with a handler <c>Strength</c>.</summary>
internal sealed class PasswordAdvice(
    PasswordPolicy policy,
    AttemptLimiter limiter,
    IStringLocalizer<SharedTexts> shared
)
{
    /// <summary>Nobody types that fast for so long, but a bot that rates passwords with this meter would.</summary>
    private static readonly AttemptLimit PerAddress = new(300, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

    /// <summary> For the meter: a score of 0 to 4 and what is missing. The password arrives in the body of a form with
    /// its antiforgery token and is not kept. 429 for an IP address that asks too often: then the meter disappears, and
    /// the form works without it.
    /// </summary>
    public async Task<IActionResult> MeterAsync(HttpContext http, string? typed, IEnumerable<string> personalWords)
    {
        var request = http.ReadRequestContext();
        if (
            await limiter.ReserveAsync(
                limiter.Key("password_meter", request.IpAddress),
                PerAddress,
                http.RequestAborted
            ) is Reservation.Refused
        )
            return new StatusCodeResult(StatusCodes.Status429TooManyRequests);
        return Meter(typed, personalWords);
    }

    private JsonResult Meter(string? typed, IEnumerable<string> personalWords)
    {
        if (!PlainTextPassword.TryCreate(typed, out var password))
            return new(new Advice(0, false, ""));
        var judgement = policy.Judge(password, personalWords);
        return new(
            new Advice(
                judgement.Score,
                judgement.IsAccepted,
                judgement.IsAccepted ? shared["Password.Good"].Value : Explain(judgement)
            )
        );
    }

    /// <summary>Why the policy refuses the password.</summary>
    public string Explain(PasswordJudgement judgement) =>
        string.Join(
            ' ',
            judgement.Problems.Select(problem =>
                problem switch
                {
                    PasswordProblem.TooShort => shared["Password.TooShort"].Value,
                    PasswordProblem.NeedsMoreKindsOfCharacters => shared["Password.MoreKinds"].Value,
                    PasswordProblem.ContainsPersonalOrProductName => shared["Password.PersonalName"].Value,
                    PasswordProblem.TooEasyToGuess => shared["Password.TooEasy"].Value,
                    PasswordProblem.Breached => shared["Password.Breached"].Value,
                    _ => throw new ArgumentOutOfRangeException(nameof(judgement)),
                }
            )
        );

    private sealed record Advice(int Score, bool Accepted, string Text);
}
