namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>TokenTexts.json</c>: personal access tokens.</summary>
internal sealed class TokenTexts;
