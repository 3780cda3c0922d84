namespace Identity.Server.Pages.Texts;

/// <summary>Names the texts of <c>SignInTexts.json</c>: signing in, registering, consent, signing
/// out.</summary>
internal sealed class SignInTexts;
