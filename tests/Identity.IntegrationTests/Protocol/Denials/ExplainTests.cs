using System.Net;
using Identity.Core.Denials;
using Identity.IntegrationTests.Commands;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Denials;

/// <summary>A refusal by the id that the person saw: the rule, what it wanted and what came, with secrets taken
/// out.</summary>
public sealed class ExplainTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>, IDisposable
{
    private readonly string _folder = IdentityProcess.CreateFolder();

    [Fact]
    public async Task A_person_reads_an_id_and_the_operator_sees_the_character_that_differs()
    {
        using RelyingParty party = new(fixture.Host);
        using HttpRequestMessage request = new(
            HttpMethod.Get,
            party.AuthorizeUrl("openid", ("redirect_uri", "https://app.example/Callback?code=hunter2"))
        );
        request.Headers.Accept.ParseAdd("text/html");

        using var response = await party.Browser.SendAsync(request);
        var id = response.Headers.GetValues("X-Correlation-Id").Single();
        var denial = await DenialAsync(id);
        var told = await IdentityProcess.RunAsync(
            _folder,
            CommandLineTests.Settings(fixture.Database),
            null,
            "explain",
            id
        );

        Assert.Contains(id, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(("RedirectUri", "web", TestClients.RedirectUri), (denial.Rule, denial.ClientId, denial.Expected));
        Assert.Equal(0, told.ExitCode);
        var lines = told.Output.Split('\n').Select(static line => line.TrimEnd()).ToArray();
        var received = Array.FindIndex(lines, static line => line.StartsWith("received  ", StringComparison.Ordinal));
        Assert.StartsWith("received  https://app.example/Callback?code=[redacted]", lines[received]);
        Assert.Equal('^', lines[received + 1][lines[received].IndexOf("Callback", StringComparison.Ordinal)]);
        Assert.DoesNotContain("hunter2", told.Output + denial, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_s_failed_request_is_explained_by_the_header_of_its_answer()
    {
        using var party = await fixture.SignedInAsync();
        var code = (await party.AuthorizeAsync())["code"];
        using var request = party.Post(
            "/connect/token",
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", new string('a', 43))
        );

        using var response = await party.Backchannel.SendAsync(request);
        var denial = await DenialAsync(response.Headers.GetValues("X-Correlation-Id").Single());

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(
            ("AuthorizationCodeGrant", "invalid_grant", "WrongProof"),
            (denial.Rule, denial.Error, denial.Received)
        );
        Assert.DoesNotContain(code, denial.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_before_it_is_read_is_known_too()
    {
        using var client = fixture.Host.CreateClient();

        using var response = await client.GetAsync("/connect/authorize?a=1&a=2");

        Assert.Equal("RequestGuard", (await DenialAsync(response.Headers.GetValues("X-Correlation-Id").Single())).Rule);
    }

    [Fact]
    public async Task An_id_that_nothing_is_known_of_says_where_to_look()
    {
        var told = await IdentityProcess.RunAsync(
            _folder,
            CommandLineTests.Settings(fixture.Database),
            null,
            "explain",
            new string('0', 32)
        );

        Assert.Equal((1, ""), (told.ExitCode, told.Output));
        Assert.Contains("The log has every refusal", told.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // It is written behind the answer.
    private async Task<DeniedRequest> DenialAsync(string id)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await fixture.Host.Services.GetRequiredService<DenialStore>().FindAsync(id, default) is { } denial)
                return denial;
            await Task.Delay(50);
        }
        throw new InvalidOperationException($"Nothing was kept of {id}.");
    }
}
