namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>TwoFactorTexts.json</c>: the second factor, at sign-in and in the account,
/// and the step-up.</summary>
internal sealed class TwoFactorTexts;
