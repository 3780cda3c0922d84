namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>AppTexts.*.resx</c>: what the pages of apps and scopes say.</summary>
internal sealed class AppTexts;
