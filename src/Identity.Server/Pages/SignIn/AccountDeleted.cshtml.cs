using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.SignIn;

/// <summary>The last page of an account that is gone. It says the same to whoever opens it.</summary>
internal sealed class AccountDeletedModel : HostedPage { }
