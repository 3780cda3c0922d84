namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>ConsoleTexts.json</c>: what every page of the console says.</summary>
internal sealed class ConsoleTexts;
