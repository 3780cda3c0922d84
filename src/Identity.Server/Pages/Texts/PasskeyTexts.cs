namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>PasskeyTexts.*.resx</c>: passkeys, wherever they are used.</summary>
internal sealed class PasskeyTexts;
