using System.Net;
using Identity.Core.Grants;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Samples;

/// <summary>The sample web app follows the sample API's wish for a better sign-in to the provider and back (RFC 9470):
/// two programs, the provider, and a browser.</summary>
public sealed class StepUpTests(SamplesFixture fixture) : IClassFixture<SamplesFixture>, IDisposable
{
    private readonly HttpClient _browser = new(
        new BrowserCookies(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    );
    private string? _session;

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task The_vault_sends_the_person_to_confirm_who_they_are_and_opens_when_they_have()
    {
        _session = await fixture.SessionCookieAsync("pwd");
        var claims = await FollowAsync(new Uri(fixture.WebApp, "/Claims"));
        Assert.Equal(HttpStatusCode.OK, claims.Status);

        // The API refuses, the web app asks the provider, and the provider asks the person for the second factor.
        var asked = await FollowAsync(new Uri(fixture.WebApp, "/vault"));
        Assert.Equal("/confirm-identity", asked.Address.AbsolutePath);
        var returnUrl = QueryHelpers.ParseQuery(asked.Address.Query)["returnUrl"].ToString();
        // The stock handler pushes its requests where a provider takes them, so what is asked for does not stand in the
        // URL: it is read where the page reads it.
        var interactions = fixture.Provider.Host.Services.GetRequiredService<IAuthorizationInteraction>();
        var request = (await interactions.ReadAsync(returnUrl, null, CancellationToken.None))!;
        Assert.Equal(["aal2"], request.AcrValues);
        Assert.Equal(TimeSpan.FromSeconds(300), request.MaxAge);

        // The person shows it: from then on the session is one of two factors.
        _session = await fixture.SessionCookieAsync("pwd", "otp", "mfa");
        var opened = await FollowAsync(new Uri(fixture.Provider.Issuer, returnUrl));

        Assert.Equal((HttpStatusCode.OK, "/vault"), (opened.Status, opened.Address.AbsolutePath));
        Assert.Contains("Only who signed in well and lately sees this.", opened.Text);
    }

    [Fact]
    public async Task An_API_that_is_never_content_does_not_send_the_person_round_for_ever()
    {
        _session = await fixture.SessionCookieAsync("pwd");
        await FollowAsync(new Uri(fixture.WebApp, "/Claims"));

        var answer = await FollowAsync(new Uri(fixture.WebApp, "/vault?stepped=true"));

        Assert.Equal((HttpStatusCode.OK, "/vault"), (answer.Status, answer.Address.AbsolutePath));
        Assert.Contains("still not enough", answer.Text);
    }

    // The programs share a host, so the provider's cookie is sent to it alone.
    private async Task<(Uri Address, HttpStatusCode Status, string Text)> FollowAsync(Uri address)
    {
        for (var hops = 0; hops < 15; hops++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, address);
            if (address.Authority == fixture.Provider.Issuer.Authority)
                request.Headers.Add("Cookie", _session);
            using var response = await _browser.SendAsync(request);
            if (response.Headers.Location is not { } location)
                return (address, response.StatusCode, await response.Content.ReadAsStringAsync());
            address = new Uri(address, location);
        }
        throw new InvalidOperationException($"The browser went round and round, at last to {address}.");
    }
}
