namespace Identity.Server.Pages.Texts;

/// <summary>Names the resource files <c>SignInTexts.*.resx</c>: signing in, registering, consent, signing
/// out.</summary>
internal sealed class SignInTexts;
