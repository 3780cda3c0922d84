namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>TokenTexts.*.resx</c>: personal access tokens.</summary>
internal sealed class TokenTexts;
