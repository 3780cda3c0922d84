namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>RoleTexts.*.resx</c>: groups and roles.</summary>
internal sealed class RoleTexts;
