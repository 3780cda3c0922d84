using Identity.Core.Sessions;
using Identity.Server.Protocol.Extensions.ClaimsParameter;

namespace Identity.UnitTests.Protocol.Extensions.ClaimsParameter;

/// <summary>OIDC Core 5.5 and the contexts it may ask for.</summary>
public sealed class ClaimsRequestTests
{
    [Fact]
    public void Single_claims_are_sorted_by_place_and_unknown_ones_passed_over()
    {
        var request = ClaimsRequest.Read(
            """
            {"userinfo":{"given_name":{"essential":true},"picture":null,"http://example.info/claims/groups":null},
             "id_token":{"auth_time":{"essential":true},"email":null,"acr":{"essential":true,"values":["aal2","urn:x"]},
             "sub":{"value":"me"}},"other":1}
            """
        )!;

        Assert.Equal(["given_name", "picture"], request.UserInfo);
        Assert.Equal(["email"], request.IdToken);
        Assert.Equal(["aal2", "urn:x"], request.AcrValues);
        Assert.Equal((true, true, "me"), (request.AcrEssential, request.RequestsAuthTime, request.Subject));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"id_token\":[]}")]
    [InlineData("{\"id_token\":{\"email\":1}}")]
    [InlineData("{\"id_token\":{\"email\":{\"essential\":\"yes\"}}}")]
    [InlineData("{\"id_token\":{\"acr\":{\"values\":\"aal2\"}}}")]
    [InlineData("{\"id_token\":{\"sub\":{\"values\":[\"a\",\"b\"]}}}")]
    [InlineData("{\"id_token\":{\"sub\":{\"value\":\"a\"}},\"userinfo\":{\"sub\":{\"value\":\"b\"}}}")]
    [InlineData("{\"id_token\":{\"email\":null,\"email\":null}}")]
    [InlineData("{\"id_token\":{\"sub\":{\"value\":\"\\ud800\"}}}")]
    public void What_is_malformed_is_refused(string parameter) => Assert.Null(ClaimsRequest.Read(parameter));

    [Fact]
    public void Too_much_is_refused_and_nothing_is_nothing()
    {
        Assert.Null(ClaimsRequest.Read(new string(' ', 9000)));
        Assert.Null(
            ClaimsRequest.Read(
                "{\"id_token\":{"
                    + string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"c{i}\":null"))
                    + "}}"
            )
        );
        Assert.Same(ClaimsRequest.None, ClaimsRequest.Read(null));
    }

    [Theory]
    [InlineData("pwd", "aal1")]
    [InlineData("pwd,otp,mfa", "aal2")]
    public void A_context_follows_from_the_methods(string amr, string acr) =>
        Assert.Equal(acr, AuthenticationContext.Of(amr.Split(',')));

    [Theory]
    [InlineData("", "aal1", true, ContextDemand.Met)]
    [InlineData("aal1", "aal2", false, ContextDemand.Met)]
    [InlineData("aal2", "aal1", false, ContextDemand.StepUp)]
    [InlineData("aal2 aal1", "aal1", true, ContextDemand.Met)]
    [InlineData("urn:x", "aal2", false, ContextDemand.Met)]
    [InlineData("urn:x", "aal2", true, ContextDemand.Impossible)]
    [InlineData("urn:x aal2", null, true, ContextDemand.StepUp)]
    public void A_demand_is_met_leads_to_a_step_up_or_is_impossible(
        string wanted,
        string? reached,
        bool essential,
        ContextDemand demand
    ) =>
        Assert.Equal(
            demand,
            AuthenticationContext.Judge(wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries), reached, essential)
        );
}
