namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>AppTexts.json</c>: what the pages of apps and scopes say.</summary>
internal sealed class AppTexts;
