using Identity.Server.Pages.External.Providers;
using Identity.Testing;
using Identity.Testing.Social;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Identity.IntegrationTests.Pages;

/// <summary>A host that asks for the address first, with two other providers. One of them, a stand-in, is at home at
/// corp.example.</summary>
public sealed class IdentifierFirstFixture : IAsyncLifetime
{
    private SocialStandIn? _standIn;
    private PagesFixture? _pages;

    public PagesFixture Pages => _pages!;

    public async Task InitializeAsync()
    {
        _standIn = await SocialStandIn.StartAsync();
        _pages = new(
            new Dictionary<string, string?>
            {
                ["Identity:SignIn:IdentifierFirst"] = "true",
                ["Identity:Recovery:MailCodes"] = "true",
                ["Identity:Recovery:MagicLinks"] = "true",
                ["Identity:ExternalProviders:google:Type"] = "Google",
                ["Identity:ExternalProviders:google:ClientId"] = SocialStandIn.ClientId,
                ["Identity:ExternalProviders:google:ClientSecret"] = SocialStandIn.Secret,
                ["Identity:ExternalProviders:google:DisplayName"] = "The Office",
                ["Identity:ExternalProviders:google:Domains:0"] = "corp.example",
                ["Identity:ExternalProviders:other:Type"] = "GitHub",
                ["Identity:ExternalProviders:other:ClientId"] = SocialStandIn.ClientId,
                ["Identity:ExternalProviders:other:ClientSecret"] = SocialStandIn.Secret,
                ["Identity:ExternalProviders:other:DisplayName"] = "Elsewhere",
            },
            services =>
            {
                services.RemoveAll<ExternalBackchannel>();
                services.AddSingleton(_ => new ExternalBackchannel(_standIn.CreateHandler(), TimeSpan.FromSeconds(4)));
            }
        );
        await Pages.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Pages.DisposeAsync();
        await _standIn!.DisposeAsync();
    }
}
