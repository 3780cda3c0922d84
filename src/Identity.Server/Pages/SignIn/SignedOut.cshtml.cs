using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.SignIn;

/// <summary>Signed out, and a way back in.</summary>
internal sealed class SignedOutModel : HostedPage
{ }
