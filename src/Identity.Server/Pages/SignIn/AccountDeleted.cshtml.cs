using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.SignIn;

/// <summary>The page after the deletion of an account. It shows the same to everyone.</summary>
internal sealed class AccountDeletedModel : HostedPage { }
