namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>PeopleTexts.*.resx</c>: the pages under <c>/admin/people</c>.</summary>
internal sealed class PeopleTexts;
