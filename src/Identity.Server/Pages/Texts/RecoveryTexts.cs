namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>RecoveryTexts.*.resx</c>: everything that leads over a mail, and the mailbox of
/// Development.</summary>
internal sealed class RecoveryTexts;
