using System.Net;
using Identity.Core.Clients;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>A client that registered itself cannot make an open redirector of the provider (RFC 9700 section
/// 4.11.2).</summary>
public sealed class OpenRedirectorTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private IdentityHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await IdentityHost.StartAsync(fixture.Database, ProtocolFixture.Settings);
        await _host
            .Services.GetRequiredService<ClientStore>()
            .AddAsync(
                "newcomer",
                new ClientDefinition
                {
                    Name = "Newcomer",
                    Profile = ClientProfile.Spa,
                    RedirectUris = ["https://newcomer.example/callback"],
                    Scopes = ["openid"],
                },
                ClientSource.Registration,
                new(null, null, null),
                CancellationToken.None
            );
        await _host.Services.GetRequiredService<ClientRegistry>().LoadAsync(strict: true, CancellationToken.None);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("scope", "unheard-of")]
    [InlineData("response_type", "token")]
    [InlineData("code_challenge", null)]
    [InlineData("max_age", "soon")]
    [InlineData("prompt", "none login")]
    [InlineData("prompt", "login none")]
    public async Task Its_faulty_request_shows_our_page_to_a_stranger_and_goes_back_once_somebody_is_signed_in(
        string name,
        string? value
    )
    {
        using RelyingParty party = new(_host, "newcomer", "https://newcomer.example/callback");
        using var stranger = await party.Browser.GetAsync(party.AuthorizeUrl("openid", (name, value)));

        await party.SignInAsync(
            await RelyingParty.CreateUserAsync(fixture.Database, $"{Guid.NewGuid():N}@example.com")
        );
        var answer = await party.AuthorizeAsync("openid", (name, value));

        Assert.Equal(HttpStatusCode.BadRequest, stranger.StatusCode);
        Assert.Null(stranger.Headers.Location);
        Assert.Contains("error", answer.Keys);
    }

    [Fact]
    public async Task A_silent_request_is_answered_and_a_sound_one_leads_to_sign_in()
    {
        using RelyingParty party = new(_host, "newcomer", "https://newcomer.example/callback");

        var silent = await party.AuthorizeAsync("openid", ("prompt", "none"));
        using var sound = await party.Browser.GetAsync(party.AuthorizeUrl());

        Assert.Equal("login_required", silent["error"]);
        Assert.StartsWith("/sign-in", sound.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_error_of_a_client_that_an_operator_made_goes_back_to_it()
    {
        using RelyingParty party = new(_host);

        var answer = await party.AuthorizeAsync("unheard-of");

        Assert.Equal("invalid_scope", answer["error"]);
    }
}
