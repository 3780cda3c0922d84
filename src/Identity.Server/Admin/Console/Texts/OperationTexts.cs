namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the resource files <c>OperationTexts.*.resx</c>: what the pages of the audit log,
/// refusals, keys, logout messages and settings say.</summary>
internal sealed class OperationTexts;
