using Identity.Core.Passwords;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Shared;

/// <summary>Puts the judgement of the policy into words: beside the field, and in the meter as one types. A page offers the meter by a handler <c>Strength</c>.</summary>
internal sealed class PasswordAdvice(PasswordPolicy policy, IStringLocalizer<SharedTexts> shared)
{
    /// <summary>
    /// For the meter: a score of 0 to 4 and what is missing. The password comes in the body of a form with its antiforgery token, is judged, and forgotten.
    /// </summary>
    public JsonResult Meter(string? typed, IEnumerable<string> personalWords)
    {
        if (!PlainTextPassword.TryCreate(typed, out var password))
            return new(new Advice(0, false, ""));
        var judgement = policy.Judge(password, personalWords);
        return new(new Advice(judgement.Score, judgement.IsAccepted, judgement.IsAccepted ? shared["Password.Good"].Value : Explain(judgement)));
    }

    /// <summary>Why the policy refuses the password.</summary>
    public string Explain(PasswordJudgement judgement) => string.Join(' ', judgement.Problems.Select(problem => problem switch
    {
        PasswordProblem.TooShort => shared["Password.TooShort"].Value,
        PasswordProblem.NeedsMoreKindsOfCharacters => shared["Password.MoreKinds"].Value,
        PasswordProblem.ContainsPersonalOrProductName => shared["Password.PersonalName"].Value,
        _ => shared["Password.TooEasy"].Value,
    }));

    private sealed record Advice(int Score, bool Accepted, string Text);
}
