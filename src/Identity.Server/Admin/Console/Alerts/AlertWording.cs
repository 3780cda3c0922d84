using Identity.Core.Detection;
using Identity.Server.Admin.Console.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Alerts;

/// <summary>The title and the advice of a rule in the language of the page. A rule without a text there speaks English.
/// </summary>
internal static class AlertWording
{
    public static string Title(this IStringLocalizer<AlertTexts> texts, string rule) =>
        texts[$"Rule.{rule}"] is { ResourceNotFound: false } own ? own.Value : DetectionRules.Find(rule)?.Title ?? rule;

    public static string Advice(this IStringLocalizer<AlertTexts> texts, string rule) =>
        texts[$"Advice.{rule}"] is { ResourceNotFound: false } own
            ? own.Value
            : DetectionRules.Find(rule)?.Advice ?? string.Empty;
}
