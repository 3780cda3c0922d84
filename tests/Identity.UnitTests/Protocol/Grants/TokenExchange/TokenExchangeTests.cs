using System.Text.Json;
using Identity.Core.Clients;
using Identity.Server.Protocol.Grants.TokenExchange;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Grants.TokenExchange;

public sealed class TokenExchangeTests
{
    private static readonly ExchangedToken Subject = new("person", "web", ["openid", "orders", "admin"], null, null);
    private static readonly ExchangeRequest Good = new(
        Subject,
        null,
        null,
        ["https://stock.example"],
        [],
        null,
        Impersonate: false
    );

    [Fact]
    public void RFC_8693_delegation_names_the_actor_outside_and_those_before_it_within()
    {
        var first = Granted(Good);
        Assert.Equal(("person", """{"sub":"app"}"""), (first.Subject, first.Act!.Value.GetRawText()));
        Assert.Equal(["orders"], first.Scopes);

        var second = Granted(
            Good with
            {
                Subject = Subject with { Act = first.Act },
                Actor = new("robot", "web", [], null, null),
            }
        );

        Assert.Equal("""{"sub":"robot","act":{"sub":"app"}}""", second.Act!.Value.GetRawText());
    }

    [Fact]
    public void Impersonation_only_where_the_policy_says_so()
    {
        Assert.Equal("invalid_request", Refused(Good with { Impersonate = true }).Error);
        Assert.Null(Granted(Good with { Impersonate = true }, Client(impersonation: true)).Act);
        Assert.Equal(
            "invalid_request",
            Refused(Good with { Impersonate = true, Actor = Subject }, Client(impersonation: true)).Error
        );
    }

    [Fact]
    public void Impersonation_keeps_the_chain_of_those_who_acted_before()
    {
        var delegated = Granted(Good);

        var impersonated = Granted(
            Good with
            {
                Subject = Subject with { Act = delegated.Act },
                Impersonate = true,
            },
            Client(impersonation: true)
        );

        Assert.Equal("""{"sub":"app"}""", impersonated.Act!.Value.GetRawText());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_bound_token_becomes_a_bound_one_or_none(bool subjectIsBound, bool actorIsBound)
    {
        var request = Good with
        {
            Subject = Subject with { IsBound = subjectIsBound },
            Actor = new("robot", "web", [], null, null, actorIsBound),
        };

        Assert.Equal("invalid_request", Refused(request).Error);
        Granted(request with { ProvesKey = true });
    }

    [Fact]
    public void What_the_policy_does_not_name_is_refused()
    {
        Assert.Equal("unauthorized_client", Refused(Good, ProtocolClients.Read(("Profile", "Spa"))).Error);
        Assert.Equal("invalid_request", Refused(Good with { Subject = Subject with { ClientId = "other" } }).Error);
        Assert.Equal("invalid_request", Refused(Good with { Actor = new("robot", "other", [], null, null) }).Error);
        Assert.Equal(
            "invalid_request",
            Refused(Good with { RequestedTokenType = "urn:ietf:params:oauth:token-type:refresh_token" }).Error
        );
        Assert.Equal("invalid_target", Refused(Good with { Audiences = [] }).Error);
        Assert.Equal("invalid_target", Refused(Good with { Resources = ["https://other.example"] }).Error);
        Assert.Equal("invalid_scope", Refused(Good with { Scopes = ["admin"] }).Error);
        Assert.Equal("invalid_scope", Refused(Good with { Scopes = ["stock"] }).Error);
    }

    [Theory]
    [InlineData("""{"sub":"app"}""", true)]
    [InlineData("""{"sub":"other"}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("\"app\"", false)]
    public void May_act_narrows_who_may(string mayAct, bool good) =>
        Assert.Equal(
            good,
            TokenExchangeRules.Judge(
                Client(),
                Good with
                {
                    Subject = Subject with { MayAct = JsonElement.Parse(mayAct) },
                }
            ) is ExchangeResult.Granted
        );

    [Fact]
    public void A_chain_does_not_grow_without_end()
    {
        var subject = Subject;
        for (var i = 0; i < 4; i++)
            subject = subject with { Act = Granted(Good with { Subject = subject }).Act };

        Assert.Equal("invalid_request", Refused(Good with { Subject = subject }).Error);
    }

    private static ExchangeResult.Granted Granted(ExchangeRequest request, Client? client = null) =>
        Assert.IsType<ExchangeResult.Granted>(TokenExchangeRules.Judge(client ?? Client(), request));

    private static ExchangeResult.Refused Refused(ExchangeRequest request, Client? client = null) =>
        Assert.IsType<ExchangeResult.Refused>(TokenExchangeRules.Judge(client ?? Client(), request));

    private static Client Client(bool impersonation = false) =>
        ProtocolClients.Read(
            ("Secret", new string('s', 43)),
            ("GrantTypes:0", "authorization_code"),
            ("GrantTypes:1", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("TokenExchange:SubjectClients:0", "web"),
            ("TokenExchange:Audiences:0", "https://stock.example"),
            ("TokenExchange:Scopes:0", "orders"),
            ("TokenExchange:Scopes:1", "stock"),
            ("TokenExchange:AllowImpersonation", impersonation ? "true" : "false")
        );
}
