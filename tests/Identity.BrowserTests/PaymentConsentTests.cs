using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>What a client asks for in detail (RFC 9396), as a person meets it.</summary>
public sealed class PaymentConsentTests(PaymentConsentTests.Payments journey) : IClassFixture<PaymentConsentTests.Payments>
{
    // As long as its field allows, and without a place to break: the worst that a client may send.
    private static readonly string Creditor = new('W', 200);

    [Theory]
    [InlineData(ColorScheme.Light, "en")]
    [InlineData(ColorScheme.Dark, "ar")]
    public Task A_payment_can_be_read_on_a_phone_before_it_is_allowed(ColorScheme scheme, string language) => journey.GoAsync(async page =>
    {
        var user = await journey.Provider.AddUserAsync();
        await journey.SignInAtAccountAsync(page, user.Email);
        var details = $$"""[{"type":"payment","amount":12.5,"currency":"EUR","creditor":"Plum & Sons"},{"type":"payment","amount":1,"currency":"EUR","creditor":"{{Creditor}}"}]""";

        await page.GotoAsync(journey.At(
            $"/connect/authorize?client_id=webapp&response_type=code&scope=openid&redirect_uri={Uri.EscapeDataString(journey.AtWebApp("/signin-oidc"))}&code_challenge={new string('A', 43)}"
            + $"&code_challenge_method=S256&ui_locales={language}&authorization_details={Uri.EscapeDataString(details)}"));

        Assert.Equal("/consent", new Uri(page.Url).AbsolutePath);
        var lines = await page.Locator("#details li").AllInnerTextsAsync();
        Assert.Equal(["Pay 12.5 EUR to Plum & Sons", $"Pay 1 EUR to {Creditor}"], lines.Select(line => line.Trim()));
        Assert.Empty(await Looks.FindingsAsync(page));
        Assert.Equal(0, await Looks.OverflowAsync(page));
    }, new() { ColorScheme = scheme, ViewportSize = new() { Width = 360, Height = 640 }, IsMobile = true, HasTouch = true });

    /// <summary>The web app may ask for payments.</summary>
    public sealed class Payments : Journey
    {
        protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
        {
            ["Identity:AuthorizationDetails:Types:payment:Text"] = "Pay {amount} {currency} to {creditor}",
            ["Identity:AuthorizationDetails:Types:payment:Fields:amount:Kind"] = "number",
            ["Identity:AuthorizationDetails:Types:payment:Fields:currency:Required"] = "true",
            ["Identity:AuthorizationDetails:Types:payment:Fields:creditor:Required"] = "true",
            ["Identity:Clients:webapp:AuthorizationDetailsTypes:0"] = "payment",
        };
    }
}
