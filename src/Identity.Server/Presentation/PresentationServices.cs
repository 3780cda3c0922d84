using System.Text.Unicode;
using Identity.Core.Languages;
using Identity.Core.Mail;
using Identity.Server.Presentation.Assets;
using Identity.Server.Presentation.Branding;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Razor;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation;

internal static class PresentationServices
{
    /// <summary>Adds Razor pages from all folders of this program, with the shared frame, languages and
    /// antiforgery.</summary>
    public static IServiceCollection AddPresentation(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<BrandingOptions>()
            .Bind(configuration.GetSection(BrandingOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<BrandingOptions>, BrandingOptionsValidator>();
        services.AddSingleton<ThemeLibrary>();
        services.AddSingleton<IMailStyleSource, ThemeOfMails>();
        services.AddOptions<AssetOptions>().Bind(configuration.GetSection(AssetOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AssetOptions>, AssetOptionsValidator>();
        services.AddSingleton<AssetLibrary>();
        services.AddHttpContextAccessor();
        services.AddSingleton<PlaceText>();
        services.AddScoped<PersonTimeZone>();
        services.AddScoped<DateTimeFormatter>();
        AddLanguages(services);

        // Each page defines its own route; the folder only shows the owner.
        services.AddRazorPages(static options =>
        {
            options.RootDirectory = "/";
            options.Conventions.ConfigureFilter(new NoStoreFilter());
            options.Conventions.ConfigureFilter(new UnsoundTextFilter());
            options.Conventions.ConfigureFilter(new DrawnForFilter());
        });
        services.Configure<RazorViewEngineOptions>(static options =>
            options.PageViewLocationFormats.Add("/Presentation/{0}.cshtml")
        );
        services.Configure<MvcOptions>(static options =>
            options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true
        );
        services.AddAntiforgery(static options => options.Cookie = new HostCookieBuilder("__Host-antiforgery"));
        services.Configure<CookieTempDataProviderOptions>(static options =>
            options.Cookie = new HostCookieBuilder("__Host-temp")
        );
        return services;
    }

    /// <summary>Maps the pages and their assets.</summary>
    public static void MapPresentation(this WebApplication app)
    {
        app.UseRequestLocalization();
        AssetLibrary.Map(app);
        app.MapRazorPages();
    }

    private static void AddLanguages(IServiceCollection services)
    {
        services.AddSingleton<IStringLocalizerFactory, TextLocalizerFactory>();
        services.AddTransient(typeof(IStringLocalizer<>), typeof(StringLocalizer<>));
        // Letters of every language stay unescaped; characters with a meaning in HTML are still escaped.
        services.AddWebEncoders(static options => options.TextEncoderSettings = new(UnicodeRanges.All));
        services
            .AddOptions<RequestLocalizationOptions>()
            .Configure<LanguageList>(
                static (options, languages) =>
                {
                    string[] tags = [.. languages.All.Select(static language => language.Tag)];
                    options.SetDefaultCulture(languages.Default.Tag);
                    options.AddSupportedCultures(tags).AddSupportedUICultures(tags);
                    options.RequestCultureProviders = [new PersonCultureProvider()];
                    options.ApplyCurrentCultureToResponseHeaders = true;
                }
            );
    }
}
