namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>AccountTexts.json</c>: the pages under <c>/account</c>.</summary>
internal sealed class AccountTexts;
