namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>RoleTexts.json</c>: groups and roles.</summary>
internal sealed class RoleTexts;
