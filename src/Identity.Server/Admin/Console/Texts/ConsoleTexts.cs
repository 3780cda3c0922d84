namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>ConsoleTexts.*.resx</c>: what every page of the console says.</summary>
internal sealed class ConsoleTexts;
