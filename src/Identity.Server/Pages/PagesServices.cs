using System.Text.Unicode;
using Identity.Core.BotDefence;
using Identity.Server.Browser;
using Identity.Server.Pages.Assets;
using Identity.Server.Pages.Branding;
using Identity.Server.Pages.Device;
using Identity.Server.Pages.External;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Languages;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages;

// Pages owns what people see: one page and its model side by side. It knows no protocol: an authorization request is a
// return URL, read through IAuthorizationInteraction. Rules about accounts, passwords and sessions are the rooms'; a
// page reads a form, asks a room, and puts the answer into words.
//
// Adding a page: a .cshtml with `@page "/kebab-case"` and a model that derives from HostedPage; texts in the area's
// .resx, in all languages (a test holds that);
// fields by <field>, which brings label, hint and error; a POST ends in SeeOther. A page of the account derives from
// AccountPage and gets a row in AccountNavigation.
// A step of signing in gets a row in SignInDispatcher. What only its owner may do to an account stands under
// [RequiresStepUp], on the page or on a handler (SE-10).

internal static class PagesServices
{
    /// <summary>The policy of the pages under <c>/account</c>: signed in, by the browser's session.</summary>
    private const string SignedIn = "signed-in";

    /// <summary>Adds the Razor pages, their texts and antiforgery.</summary>
    public static IServiceCollection AddHostedPages(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<BrandingOptions>()
            .Bind(configuration.GetSection(BrandingOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<BrandingOptions>, BrandingOptionsValidator>();
        services.AddSingleton(static provider =>
            Theme.Mail(provider.GetRequiredService<IOptions<BrandingOptions>>().Value)
        );
        services.AddSingleton<AssetLibrary>();
        services.AddSingleton<SignInDispatcher>();
        services.AddSingleton<PendingSignIn>();
        services.AddSingleton<TrustedBrowser>();
        services.AddSingleton<SecondFactor>();
        services.AddSingleton<ProtectedCookies>();
        services.AddSingleton<PasswordAdvice>();
        services.AddSingleton<ScopeDescriptions>();
        services.AddSingleton<ChallengeStep>();
        services.AddSingleton<IChallengeReplayGuard, ChallengeReplayGuard>();
        services.AddHttpContextAccessor();
        services.AddScoped<PersonTimeZone>();
        services.AddScoped<DateTimeFormatter>();
        services.AddSingleton<DeviceVerificationState>();
        services.AddPasskeyPages();
        services.AddExternalPages(configuration);

        services.AddLocalization();
        // Letters of every language as they are; what HTML needs escaped is escaped all the same.
        services.AddWebEncoders(static options => options.TextEncoderSettings = new(UnicodeRanges.All));
        services.Configure<RequestLocalizationOptions>(static options =>
        {
            string[] codes = [.. Language.All.Select(static language => language.Code)];
            options.SetDefaultCulture(codes[0]).AddSupportedCultures(codes).AddSupportedUICultures(codes);
            options.RequestCultureProviders =
            [
                new PersonCultureProvider(),
                new AcceptLanguageHeaderRequestCultureProvider(),
            ];
            options.ApplyCurrentCultureToResponseHeaders = true;
        });

        services
            .AddAuthorizationBuilder()
            .AddPolicy(
                SignedIn,
                static policy => policy.AddAuthenticationSchemes(BrowserSession.Scheme).RequireAuthenticatedUser()
            );
        services.AddRazorPages(static options =>
        {
            options.Conventions.AuthorizeFolder("/Account", SignedIn);
            options.Conventions.ConfigureFilter(new NoStoreFilter());
        });
        services.Configure<MvcOptions>(static options =>
            options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true
        );
        services.AddAntiforgery(static options => options.Cookie = new HostCookieBuilder("__Host-antiforgery"));
        services.Configure<CookieTempDataProviderOptions>(static options =>
            options.Cookie = new HostCookieBuilder("__Host-temp")
        );
        return services;
    }

    /// <summary>Maps them.</summary>
    public static void MapHostedPages(this WebApplication app)
    {
        app.UseRequestLocalization();
        AssetLibrary.Map(app);
        app.MapRazorPages();
    }
}
