using Identity.Server.Pages.Shared;

namespace Identity.Server.Pages.SignIn;

/// <summary>After a registration, whatever came of it (EN-3).</summary>
internal sealed class RegisteredModel : HostedPage
{}
