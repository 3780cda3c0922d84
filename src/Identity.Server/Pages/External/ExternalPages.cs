using Identity.Server.Pages.External.Providers;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.External;

internal static class ExternalPages
{
    /// <summary>Adds one of ASP.NET Core's handlers for each configured provider: OpenID Connect where the provider
    /// has it, else OAuth 2.0.</summary>
    public static void AddExternalPages(this IServiceCollection services, IConfiguration configuration)
    {
        string[] names =
        [
            .. configuration
                .GetSection(ExternalProviderOptions.Root)
                .GetChildren()
                .Select(static provider => provider.Key),
        ];
        services.AddSingleton<IValidateOptions<ExternalProviderOptions>, ExternalProviderOptionsValidator>();
        services.AddSingleton(provider => new ExternalProviders(
            names.Select(name =>
                ExternalProvider.Of(
                    name,
                    SchemeOf(name),
                    provider.GetRequiredService<IOptionsMonitor<ExternalProviderOptions>>().Get(name)
                )
            )
        ));
        services.AddSingleton<ExternalBackchannel>(static _ => new());
        services.AddSingleton<AppleClientSecrets>();
        services.AddSingleton<ExternalChallenge>();
        services.AddSingleton<ExternalReturn>();
        services.AddScoped<ExternalOpenIdConnectEvents>();
        services.AddScoped<ExternalOAuthEvents>();
        foreach (var name in names)
        {
            var section = configuration.GetSection($"{ExternalProviderOptions.Root}:{name}");
            services.AddOptions<ExternalProviderOptions>(name).Bind(section).ValidateOnStart();
            AddScheme(services, name, section[nameof(ExternalProviderOptions.Type)]);
        }
    }

    internal static string SchemeOf(string name) => "external-" + name;

    // The options report an unknown type at the start.
    private static void AddScheme(IServiceCollection services, string name, string? type)
    {
        var scheme = SchemeOf(name);
        if (
            Enum.TryParse<ExternalProviderType>(type, ignoreCase: true, out var known)
            && Enum.IsDefined(known)
            && !ExternalProviderTraits.Of(known).IsOpenIdConnect
        )
        {
            services.AddAuthentication().AddOAuth<OAuthOptions, ExternalOAuthHandler>(scheme, static _ => { });
            services
                .AddOptions<OAuthOptions>(scheme)
                .Configure<IOptionsMonitor<ExternalProviderOptions>, ExternalBackchannel>(
                    (options, all, http) => ExternalSchemes.Configure(options, name, all.Get(name), http)
                );
            return;
        }
        services.AddAuthentication().AddOpenIdConnect(scheme, static _ => { });
        services
            .AddOptions<OpenIdConnectOptions>(scheme)
            .Configure<IOptionsMonitor<ExternalProviderOptions>, ExternalBackchannel>(
                (options, all, http) => ExternalSchemes.Configure(options, name, all.Get(name), http)
            );
    }
}
