namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>PasskeyTexts.json</c>: passkeys, wherever they are used.</summary>
internal sealed class PasskeyTexts;
