namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>RecoveryTexts.json</c>: every flow that uses a mail, and the mailbox of
/// Development.</summary>
internal sealed class RecoveryTexts;
