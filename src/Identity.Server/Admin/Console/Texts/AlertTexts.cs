namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>AlertTexts.json</c>: alerts, what to do about each rule, and the figures of
/// the overview.</summary>
internal sealed class AlertTexts;
