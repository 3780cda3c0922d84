using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.External;

namespace Identity.Server.Pages.SignIn;

/// <summary>The ways to sign in that a page shows.</summary>
/// <param name="Home">The provider of the address's domain, which comes first.</param>
/// <param name="Providers">The other providers.</param>
internal sealed record ShownMethods(
    bool Password,
    bool Passkey,
    ExternalProvider? Home,
    IReadOnlyList<ExternalProvider> Providers
);

/// <summary>Decides which ways to sign in an address is shown: all that the settings allow, whatever is behind it
/// (EN-1). Only a browser that has signed in to the account before is shown what that account can do.</summary>
internal sealed class SignInMethods(ExternalProviders providers, SignInWaysReader ways)
{
    /// <summary>All ways; depends on the settings and the domain alone.</summary>
    public ShownMethods AllFor(EmailAddress? address)
    {
        var home = address is null ? null : providers.HomeOf(address);
        return new(true, true, home, [.. providers.All.Where(provider => provider != home)]);
    }

    /// <summary>The ways for this address in this browser. Without a device cookie, no account is looked up; with one,
    /// the same command runs for every address.</summary>
    public async Task<ShownMethods> ForAsync(HttpContext http, EmailAddress address)
    {
        var all = AllFor(address);
        if (
            DeviceCookie.Read(http) is not { } device
            || await ways.FindAsync(address, device, http.RequestAborted) is not { } known
        )
            return all;
        ExternalProvider[] linked = [.. all.Providers.Where(provider => known.Providers.Contains(provider.Name))];
        // An account that lost its last way, such as a provider that was removed from the settings, is shown them all.
        return known.HasPassword || known.HasPasskeys || linked.Length > 0 || all.Home is not null
            ? new(known.HasPassword, known.HasPasskeys, all.Home, linked)
            : all;
    }
}
