using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.UnitTests.Protocol.Tokens.Jose;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Protocol.Extensions.RichAuthorization;

/// <summary>RFC 9396 and RFC 8707: what a client may ask for beyond scopes.</summary>
public sealed class AuthorizationDetailsTests
{
    private static readonly Client Client = ProtocolClients.Read(
        ("Profile", "Spa"),
        ("AuthorizationDetailsTypes:0", "payment"),
        ("AllowedResources:0", "https://api.example")
    );
    private readonly AuthorizationDetailsReader _reader;

    public AuthorizationDetailsTests()
    {
        var options = new AuthorizationDetailsOptions();
        var payment = new AuthorizationDetailsType { Text = "Pay {amount} {currency} to {creditor} {actions}" };
        payment.Fields["amount"] = new() { Kind = "number", Required = true };
        payment.Fields["currency"] = new() { Required = true, Values = { "EUR", "USD" } };
        payment.Fields["creditor"] = new() { MaxCharacters = 20 };
        payment.Fields["actions"] = new() { Kind = "strings", Values = { "initiate", "status" } };
        options.Types["payment"] = payment;
        options.Types["secret"] = new AuthorizationDetailsType { Text = "Everything" };
        Assert.True(new AuthorizationDetailsOptionsValidator().Validate(null, options).Succeeded);
        _reader = new(Options.Create(options));
    }

    [Fact]
    public void An_object_of_a_known_type_reads_as_a_line_of_text()
    {
        var valid = Assert.IsType<AuthorizationDetailsResult.Valid>(
            _reader.Read(
                Client,
                """[{"type":"payment","amount":123.50,"currency":"EUR","creditor":"Merchant & Sons","""
                    + """ "actions":["initiate","status"]},{"type":"payment","amount":1,"currency":"USD"}]"""
            )
        );

        Assert.Equal(["Pay 123.50 EUR to Merchant & Sons initiate, status", "Pay 1 USD to"], valid.Texts);
        Assert.True(
            AuthorizationDetailsReader.IsWithin(
                valid.Details,
                JsonElement.Parse("""[{"currency":"USD","amount":1,"type":"payment"}]""")
            )
        );
        Assert.False(
            AuthorizationDetailsReader.IsWithin(
                valid.Details,
                JsonElement.Parse("""[{"type":"payment","amount":2,"currency":"USD"}]""")
            )
        );
    }

    [Fact]
    public void A_type_that_the_client_lost_is_not_handed_out_any_more()
    {
        var granted = JsonElement.Parse("""[{"type":"payment","amount":1},{"type":"secret"}]""");

        Assert.Equal(
            """[{"type":"payment","amount":1}]""",
            AuthorizationDetailsReader.StillAllowed(Client, granted)!.Value.GetRawText()
        );
        Assert.Null(AuthorizationDetailsReader.StillAllowed(Client, JsonElement.Parse("""[{"type":"secret"}]""")));
        Assert.Null(AuthorizationDetailsReader.StillAllowed(Client, null));
    }

    [Theory]
    [InlineData("""[{"type":"payment","amount":1e9,"currency":"EUR"}]""")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("""[{"type":"unknown"}]""")]
    [InlineData("""[{"type":"secret"}]""")]
    [InlineData("""[{"type":"payment","currency":"EUR"}]""")]
    [InlineData("""[{"type":"payment","amount":"1","currency":"EUR"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"GBP"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","iban":"x"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"amount":2,"currency":"EUR"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","creditor":"a\u202eb"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","creditor":"a\nb"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","creditor":"123456789012345678901"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","creditor":"\ud800"}]""")]
    [InlineData("""[{"type":"payment","amount":1,"currency":"EUR","actions":["initiate","steal"]}]""")]
    public void Whatever_is_not_known_to_be_right_is_refused(string parameter) =>
        Assert.IsType<AuthorizationDetailsResult.Invalid>(_reader.Read(Client, parameter));

    [Fact]
    public void A_type_whose_text_hides_a_member_stops_the_start()
    {
        var options = new AuthorizationDetailsOptions();
        options.Types["t"] = new AuthorizationDetailsType { Text = "Pay {amount}" };
        options.Types["t"].Fields["creditor"] = new();

        Assert.Contains(
            "{creditor}",
            new AuthorizationDetailsOptionsValidator().Validate(null, options).FailureMessage,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("https://api.example", true)]
    [InlineData("https://orders.example/v1", true)]
    [InlineData("https://other.example", false)]
    [InlineData("/api", false)]
    [InlineData("api", false)]
    [InlineData("https://api.example#x", false)]
    [InlineData("", false)]
    public void RFC_8707_a_resource_is_opened_by_a_scope_or_registered(string resource, bool good)
    {
        var catalog = new ClientCatalog(
            [Client],
            [new ApiScope("orders", "Orders", null, ["https://orders.example/v1"], [])]
        );

        Assert.Equal(good, ResourceRules.Request(Client, catalog, ["orders"], [resource]) is ResourceResult.Valid);
        Assert.Equal(
            ["https://orders.example/v1"],
            Assert.IsType<ResourceResult.Valid>(ResourceRules.Request(Client, catalog, ["orders"], [])).Audiences
        );
    }

    [Fact]
    public void RFC_8707_a_token_request_narrows_and_never_widens()
    {
        string[] granted = ["https://a.example", "https://b.example"];

        Assert.Equal(granted, Assert.IsType<ResourceResult.Valid>(ResourceRules.Narrow(granted, [])).Audiences);
        Assert.Equal(
            ["https://b.example"],
            Assert
                .IsType<ResourceResult.Valid>(ResourceRules.Narrow(granted, ["https://b.example", "https://b.example"]))
                .Audiences
        );
        Assert.IsType<ResourceResult.Invalid>(ResourceRules.Narrow(granted, ["https://c.example"]));
    }
}
