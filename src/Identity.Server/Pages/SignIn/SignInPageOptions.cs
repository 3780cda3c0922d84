namespace Identity.Server.Pages.SignIn;

/// <summary>Section <c>Identity:SignIn</c>.</summary>
internal sealed class SignInPageOptions
{
    public const string Section = "Identity:SignIn";

    /// <summary>Whether the sign-in page asks for the email address first, and shows the ways to sign in on a second
    /// page. Off by default.</summary>
    public bool IdentifierFirst { get; set; }
}
