namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>PeopleTexts.json</c>: the pages under <c>/admin/people</c>.</summary>
internal sealed class PeopleTexts;
