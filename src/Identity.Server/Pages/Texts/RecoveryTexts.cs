namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>RecoveryTexts.*.resx</c>: every flow that uses a mail, and the mailbox of
/// Development.</summary>
internal sealed class RecoveryTexts;
