namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>ExternalTexts.json</c>: signing in with another provider.</summary>
internal sealed class ExternalTexts;
