namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>AccountTexts.*.resx</c>: the pages under <c>/account</c>.</summary>
internal sealed class AccountTexts;
