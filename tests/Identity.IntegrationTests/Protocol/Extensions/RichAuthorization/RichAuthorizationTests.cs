using System.Net;
using System.Text.Json;
using Identity.Testing;

namespace Identity.IntegrationTests.Protocol.Extensions.RichAuthorization;

/// <summary>Rich authorization requests (RFC 9396): read, shown, consented to, kept, narrowed.</summary>
public sealed class RichAuthorizationTests(ShopFixture fixture) : IClassFixture<ShopFixture>
{
    private const string Scopes = "openid offline_access";

    private static string Payment(string creditor, string amount = "12.5") =>
        $$"""[{"type":"payment","amount":{{amount}},"currency":"EUR","creditor":"{{creditor}}"}]""";

    [Fact]
    public async Task A_person_reads_the_payment_before_anything_is_granted_and_it_stands_in_tokens_and_introspection()
    {
        using var shop = await fixture.SignedInAsync();
        using var person = PersonAt(shop);
        var details = Payment("Plum & Söhne <b>");

        var page = await person.FollowAsync(
            await person.GetAsync(shop.AuthorizeUrl(Scopes, ("authorization_details", details)))
        );
        Assert.Equal("/consent", page.Address.AbsolutePath);
        Assert.Contains("Pay 12.5 EUR to Plum & Söhne <b>", page.Text);
        Assert.DoesNotContain("Söhne <b>", page.Html);
        var answer = await person.FollowAsync(await person.SubmitAsync(page, [("decision", "allow")]));
        var tokens = await shop.RedeemAsync(CodeOf(answer));
        var refreshed = await shop.RefreshAsync(tokens.RefreshToken!);

        foreach (var token in new[] { tokens, refreshed })
        {
            AssertSame(details, token.Json.GetProperty("authorization_details"));
            AssertSame(details, Answer.Decode(token.AccessToken!).Payload.GetProperty("authorization_details"));
            AssertSame(
                details,
                (await shop.IntrospectAsync(token.AccessToken!)).Json.GetProperty("authorization_details")
            );
        }
        AssertSame(
            details,
            (await shop.IntrospectAsync(refreshed.RefreshToken!)).Json.GetProperty("authorization_details")
        );
    }

    [Fact]
    public async Task The_same_payment_is_not_asked_for_twice_and_another_always_is()
    {
        using var shop = await fixture.SignedInAsync();
        using var person = PersonAt(shop);
        var details = Payment("Twice");
        await AllowAsync(person, shop, details);

        // Written in another order, it is the same.
        var again = await person.GetAsync(
            shop.AuthorizeUrl(
                Scopes,
                ("authorization_details", """[{"creditor":"Twice","currency":"EUR","amount":12.50,"type":"payment"}]""")
            )
        );
        var other = await person.FollowAsync(
            await person.GetAsync(shop.AuthorizeUrl(Scopes, ("authorization_details", Payment("Twice", "12.51"))))
        );
        var silent = await shop.AuthorizeAsync(
            Scopes,
            ("authorization_details", Payment("Silent")),
            ("prompt", "none")
        );

        Assert.StartsWith(shop.RedirectUri, again.Location);
        Assert.Contains("code=", again.Location);
        Assert.Equal("/consent", other.Address.AbsolutePath);
        Assert.Equal("consent_required", silent["error"]);
    }

    [Fact]
    public async Task No_is_no()
    {
        using var shop = await fixture.SignedInAsync();
        using var person = PersonAt(shop);

        var page = await person.FollowAsync(
            await person.GetAsync(shop.AuthorizeUrl(Scopes, ("authorization_details", Payment("Refused"))))
        );
        var answer = await person.FollowAsync(await person.SubmitAsync(page, [("decision", "deny")]));

        Assert.Contains("error=access_denied", answer.Location);
    }

    public static TheoryData<string> Unsound =>
        [
            "",
            "nonsense",
            "{}",
            "[]",
            "[1]",
            "[[]]",
            "null",
            "[{}]",
            """[{"type":7}]""",
            """[{"type":"unknown"}]""",
            """[{"type":"secret"}]""",
            """[{"type":"payment"}]""",
            """[{"type":"payment","amount":"12","currency":"EUR","creditor":"x"}]""",
            """[{"type":"payment","amount":1,"currency":"USD","creditor":"x"}]""",
            """[{"type":"payment","amount":1e999999,"currency":"EUR","creditor":"x"}]""",
            """[{"type":"payment","amount":1,"currency":"EUR","creditor":"x","more":1}]""",
            """[{"type":"payment","amount":1,"amount":2,"currency":"EUR","creditor":"x"}]""",
            """[{"type":"payment","amount":1,"currency":"EUR","creditor":"\u0000"}]""",
            """[{"type":"payment","amount":1,"currency":"EUR","creditor":"\ud800"}]""",
            """[{"type":"payment","amount":1,"currency":"EUR","creditor":"\u202egnp.exe"}]""",
            "["
                + string.Join(
                    ',',
                    Enumerable.Repeat("""{"type":"payment","amount":1,"currency":"EUR","creditor":"x"}""", 9)
                )
                + "]",
            new string('[', 500),
        ];

    [Theory]
    [MemberData(nameof(Unsound))]
    public async Task What_is_unsound_or_not_the_clients_is_refused_everywhere(string details)
    {
        using var shop = await fixture.SignedInAsync();

        var authorize = await shop.AuthorizeAsync(Scopes, ("authorization_details", details));
        var token = await shop.SendAsync(
            shop.Post(
                "/connect/token",
                ("grant_type", "client_credentials"),
                ("scope", "api"),
                ("authorization_details", details)
            )
        );

        Assert.Equal("invalid_authorization_details", authorize["error"]);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_authorization_details"), (token.Status, token.Error));
    }

    [Fact]
    public async Task A_client_that_registered_no_type_may_ask_for_none()
    {
        using var opaque = await fixture.SignedInAsync("opaque", ShopFixture.OpaqueRedirect);

        var answer = await opaque.AuthorizeAsync(Scopes, ("authorization_details", Payment("x")));

        Assert.Equal("invalid_authorization_details", answer["error"]);
    }

    [Fact]
    public async Task A_token_may_be_for_a_part_and_asking_for_more_uses_nothing_up()
    {
        using var shop = await fixture.SignedInAsync();
        using var person = PersonAt(shop);
        const string one = """{"type":"payment","amount":1,"currency":"EUR","creditor":"One"}""";
        const string two = """{"type":"payment","amount":2,"currency":"EUR","creditor":"Two"}""";
        var code = await AllowAsync(person, shop, $"[{one},{two}]");

        var tooMuch = await shop.SendAsync(
            ShopFixture.With(shop.CodeRequest(code), ("authorization_details", Payment("Three")))
        );
        var part = await shop.SendAsync(
            ShopFixture.With(shop.CodeRequest(code), ("authorization_details", $"[{two}]"))
        );
        var tooMuchLater = await shop.SendAsync(
            ShopFixture.With(shop.RefreshRequest(part.RefreshToken!), ("authorization_details", Payment("Three")))
        );
        var whole = await shop.RefreshAsync(part.RefreshToken!);

        Assert.Equal(
            ("invalid_authorization_details", "invalid_authorization_details"),
            (tooMuch.Error, tooMuchLater.Error)
        );
        AssertSame($"[{two}]", Answer.Decode(part.AccessToken!).Payload.GetProperty("authorization_details"));
        AssertSame($"[{one},{two}]", Answer.Decode(whole.AccessToken!).Payload.GetProperty("authorization_details"));
    }

    [Fact]
    public async Task A_grant_without_details_gives_none_later()
    {
        using var shop = await fixture.SignedInAsync();
        var code = (await shop.AuthorizeAsync(Scopes))["code"];

        var answer = await shop.SendAsync(
            ShopFixture.With(shop.CodeRequest(code), ("authorization_details", Payment("x")))
        );

        Assert.Equal("invalid_authorization_details", answer.Error);
    }

    [Fact]
    public async Task A_client_gets_its_own_details_without_anybodys_consent()
    {
        using RelyingParty shop = new(fixture.Host, "shop");
        var details = Payment("Own");

        var answer = await shop.SendAsync(
            shop.Post(
                "/connect/token",
                ("grant_type", "client_credentials"),
                ("scope", "api"),
                ("authorization_details", details)
            )
        );

        AssertSame(details, Answer.Decode(answer.AccessToken!).Payload.GetProperty("authorization_details"));
    }

    [Fact]
    public async Task Discovery_names_the_types()
    {
        using var client = fixture.Host.CreateClient();

        var document = JsonElement.Parse(await client.GetStringAsync("/.well-known/openid-configuration"));

        Assert.Equal(
            ["payment", "secret"],
            document
                .GetProperty("authorization_details_types_supported")
                .EnumerateArray()
                .Select(type => type.GetString())
        );
    }

    // The person's pages, in the session that the relying party's browser has.
    private PageBrowser PersonAt(RelyingParty shop)
    {
        PageBrowser person = new(fixture.Host);
        person.Client.DefaultRequestHeaders.Add("Cookie", shop.Browser.DefaultRequestHeaders.GetValues("Cookie"));
        return person;
    }

    private static async Task<string> AllowAsync(PageBrowser person, RelyingParty shop, string details)
    {
        var page = await person.FollowAsync(
            await person.GetAsync(shop.AuthorizeUrl(Scopes, ("authorization_details", details)))
        );
        return CodeOf(await person.FollowAsync(await person.SubmitAsync(page, [("decision", "allow")])));
    }

    private static string CodeOf(VisitedPage answer) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(answer.Location!).Query)["code"].ToString();

    private static void AssertSame(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), actual.GetRawText());
}
