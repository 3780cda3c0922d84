namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>ExternalTexts.*.resx</c>: signing in with another provider.</summary>
internal sealed class ExternalTexts;
