using Identity.Core.BotDefence;
using Identity.Server.Browser;
using Identity.Server.Pages.Device;
using Identity.Server.Pages.External;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.SignIn;
using Microsoft.AspNetCore.Mvc.Razor;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Pages;

// Pages owns what people see: each page next to its model. It knows no protocol: an authorization request is a return
// URL, read through IAuthorizationInteraction. Rules about accounts, passwords and sessions belong to the rooms; a page
// reads a form, calls a room, and shows the outcome.
//
// Adding a page: a .cshtml with `@page "/kebab-case"` and a model that derives from HostedPage; texts in the file of
// the area in texts/, in all languages (a test holds that); fields by <field>, which adds label, hint and error; a POST
// ends in SeeOther. A page of the account derives from AccountPage and gets a row in AccountNavigation. A step of
// signing in gets a row in SignInDispatcher. A form acts for the account that its page showed; a page whose form proves
// or names an account itself gets [NamesItsAccount] (SE-11). Actions that only the account's owner may perform get
// [RequiresStepUp], on the page or on a handler (SE-10).

internal static class PagesServices
{
    /// <summary>The policy of the pages under <c>/account</c>: signed in, by the browser's session.</summary>
    private const string SignedIn = "signed-in";

    /// <summary>Adds what the hosted pages need in addition to Presentation.</summary>
    public static IServiceCollection AddHostedPages(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<SignInDispatcher>();
        services.AddSingleton<SignInRisk>();
        services.AddSingleton<PendingSignIn>();
        services.AddSingleton<TrustedBrowser>();
        services.AddSingleton<SecondFactor>();
        services.AddSingleton<MailedSecondFactor>();
        services.AddSingleton<ProtectedCookies>();
        services.AddSingleton<PasswordAdvice>();
        services.AddSingleton<ScopeDescriptions>();
        services.AddSingleton<ChallengeStep>();
        services.AddSingleton<IChallengeReplayGuard, ChallengeReplayGuard>();
        services.AddSingleton<DeviceVerificationState>();
        services.Configure<SignInPageOptions>(configuration.GetSection(SignInPageOptions.Section));
        services.AddSingleton<SignInMethods>();
        services.AddPasskeyPages();
        services.AddExternalPages(configuration);

        services
            .AddAuthorizationBuilder()
            .AddPolicy(
                SignedIn,
                static policy => policy.AddAuthenticationSchemes(BrowserSession.Scheme).RequireAuthenticatedUser()
            );
        services.Configure<RazorPagesOptions>(static options =>
            options.Conventions.AuthorizeFolder("/Pages/Account", SignedIn)
        );
        services.Configure<RazorViewEngineOptions>(static options =>
            options.PageViewLocationFormats.Add("/Pages/Shared/{0}.cshtml")
        );
        return services;
    }
}
