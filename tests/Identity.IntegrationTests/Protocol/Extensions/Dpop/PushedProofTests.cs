using System.Net;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.Dpop;

/// <summary>What a client pushes ahead (RFC 9126) with a proof, resources or details.</summary>
public sealed class PushedProofTests(ShopFixture fixture) : IClassFixture<ShopFixture>, IDisposable
{
    private const string Par = "/connect/par";
    private readonly ProofKey _key = new();

    private string Issuer => fixture.Host.Issuer;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task A_proof_with_a_pushed_request_binds_its_code_for_one_command_more()
    {
        using ProofKey other = new();
        using var shop = await fixture.SignedInAsync();
        var (_, bare) = await fixture.Host.SendCountedAsync(shop.Backchannel, Push(shop));

        var (response, commands) = await fixture.Host.SendCountedAsync(shop.Backchannel, _key.Sign(Push(shop), Issuer));
        var code = (await FollowAsync(shop, await Answer.ReadAsync(response)))["code"];
        var withoutKey = await shop.RedeemAsync(code);
        var withAnother = await shop.SendAsync(other.Sign(shop.CodeRequest(code), Issuer));
        var withIt = await shop.SendAsync(_key.Sign(shop.CodeRequest(code), Issuer));

        Assert.Equal(bare + 1, commands);
        Assert.Equal(("invalid_grant", "invalid_grant"), (withoutKey.Error, withAnother.Error));
        Assert.Equal("DPoP", withIt["token_type"]);
    }

    [Fact]
    public async Task Proof_and_dpop_jkt_must_agree_and_the_proof_must_be_for_this_endpoint_and_new()
    {
        using ProofKey other = new();
        using var shop = await fixture.SignedInAsync();
        var proof = _key.Proof("POST", Issuer + Par);

        var agreed = await shop.SendAsync(WithProof(Push(shop, ("dpop_jkt", _key.Thumbprint)), proof));
        var again = await shop.SendAsync(WithProof(Push(shop), proof));
        var disagreed = await shop.SendAsync(_key.Sign(Push(shop, ("dpop_jkt", other.Thumbprint)), Issuer));
        var elsewhere = await shop.SendAsync(WithProof(Push(shop), _key.Proof("POST", Issuer + "/connect/token")));
        var nonsense = await shop.SendAsync(WithProof(Push(shop), "nonsense"));
        var noThumbprint = await shop.SendAsync(Push(shop, ("dpop_jkt", "short")));

        Assert.NotNull(agreed["request_uri"]);
        Assert.All(
            [again, disagreed, elsewhere, nonsense],
            answer => Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (answer.Status, answer.Error))
        );
        Assert.Equal("invalid_request", noThumbprint.Error);
    }

    [Fact]
    public async Task Resources_and_details_are_judged_when_they_are_pushed_and_the_person_reads_them()
    {
        using var shop = await fixture.SignedInAsync();
        using PageBrowser person = new(fixture.Host);
        person.Client.DefaultRequestHeaders.Add("Cookie", shop.Browser.DefaultRequestHeaders.GetValues("Cookie"));
        const string details = """[{"type":"payment","amount":3,"currency":"EUR","creditor":"Pushed Ltd"}]""";

        var target = await shop.SendAsync(Push(shop, ("resource", "https://nobody.example")));
        var unsound = await shop.SendAsync(Push(shop, ("authorization_details", "[{}]")));
        var good = await shop.SendAsync(
            Push(shop, ("resource", "https://extra.example"), ("authorization_details", details))
        );
        var page = await person.FollowAsync(await person.GetAsync(UrlOf(shop, good)));
        var answer = await person.FollowAsync(await person.SubmitAsync(page, [("decision", "allow")]));
        var tokens = await shop.RedeemAsync(
            Microsoft
                .AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(answer.Location!).Query)["code"]
                .ToString()
        );

        Assert.Equal(("invalid_target", "invalid_authorization_details"), (target.Error, unsound.Error));
        Assert.Contains("Pay 3 EUR to Pushed Ltd", page.Text);
        Assert.Equal(["https://extra.example", Issuer], ShopFixture.Audiences(tokens.AccessToken!));
        Assert.Equal(
            "Pushed Ltd",
            tokens.Json.GetProperty("authorization_details")[0].GetProperty("creditor").GetString()
        );
    }

    // The parameters of an authorization request, sent to the pushed endpoint instead.
    private static HttpRequestMessage Push(RelyingParty shop, params (string Name, string? Value)[] more)
    {
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
            shop.AuthorizeUrl("openid offline_access", more).Split('?')[1]
        );
        return shop.Post(Par, [.. query.Select(parameter => (parameter.Key, (string?)parameter.Value.ToString()))]);
    }

    private static HttpRequestMessage WithProof(HttpRequestMessage request, string proof)
    {
        request.Headers.Add("DPoP", proof);
        return request;
    }

    private static string UrlOf(RelyingParty shop, Answer pushed) =>
        $"/connect/authorize?client_id={shop.ClientId}&request_uri={Uri.EscapeDataString(pushed["request_uri"]!)}";

    private static async Task<Dictionary<string, string>> FollowAsync(RelyingParty shop, Answer pushed)
    {
        using var response = await shop.Browser.GetAsync(UrlOf(shop, pushed));
        return shop.AnswerOf(response);
    }
}
