namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>TwoFactorTexts.*.resx</c>: the second factor, at sign-in and in the account,
/// and the step-up.</summary>
internal sealed class TwoFactorTexts;
