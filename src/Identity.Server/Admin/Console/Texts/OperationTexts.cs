namespace Identity.Server.Admin.Console.Texts;

/// <summary>Names the texts of <c>OperationTexts.json</c>: what the pages of the audit log,
/// refusals, keys, logout messages and settings say.</summary>
internal sealed class OperationTexts;
