using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Identity.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.IntegrationTests.Protocol.Endpoints.Authorize;

/// <summary>An <c>id_token_hint</c> names a person; one that cannot be verified gets no answer about another (OIDC Core
/// 3.1.2.1).</summary>
public sealed class HintTests(ProtocolFixture fixture) : IClassFixture<ProtocolFixture>
{
    [Theory]
    [InlineData("garbage")]
    [InlineData("unsigned")]
    [InlineData("foreign key")]
    [InlineData("changed")]
    [InlineData("access token")]
    [InlineData("five parts")]
    public async Task A_hint_that_cannot_be_verified_is_an_error_silent_or_not_and_pushed_too(string kind)
    {
        using var party = await fixture.SignedInAsync();
        var tokens = await party.GetTokensAsync("openid api");
        var hint = Spoil(kind, tokens);

        var silent = await party.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));
        var open = await party.AuthorizeAsync("openid", ("id_token_hint", hint));
        var pushed = await party.SendAsync(
            party.Post(
                "/connect/par",
                [
                    .. Microsoft
                        .AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
                            new Uri(fixture.Host.BaseAddress, party.AuthorizeUrl()).Query
                        )
                        .Select(parameter => (parameter.Key, (string?)parameter.Value.ToString())),
                    ("id_token_hint", hint),
                ]
            )
        );

        Assert.Equal("invalid_request", silent["error"]);
        Assert.Equal("invalid_request", open["error"]);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (pushed.Status, pushed.Error));
    }

    [Fact]
    public async Task A_good_hint_gives_a_code_and_that_of_another_person_asks_to_sign_in()
    {
        using var party = await fixture.SignedInAsync();
        var hint = (await party.GetTokensAsync()).IdToken!;
        using RelyingParty other = new(fixture.Host);
        await other.SignInAsync(
            await RelyingParty.CreateUserAsync(fixture.Database, $"{Guid.NewGuid():N}@example.com")
        );

        var own = await party.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));
        var foreign = await other.AuthorizeAsync("openid", ("prompt", "none"), ("id_token_hint", hint));

        Assert.Contains("code", own.Keys);
        Assert.Equal("login_required", foreign["error"]);
    }

    private string Spoil(string kind, Answer tokens)
    {
        var parts = tokens.IdToken!.Split('.');
        return kind switch
        {
            "garbage" => "garbage",
            "unsigned" => Base64Url.EncodeToString("""{"alg":"none","typ":"JWT"}"""u8) + "." + parts[1] + ".",
            "foreign key" => Foreign(parts[1]),
            "changed" => $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}",
            "access token" => tokens.AccessToken!,
            _ => $"{parts[0]}.{parts[1]}.{parts[2]}.{parts[1]}.{parts[2]}",
        };
    }

    private static string Foreign(string payload)
    {
        using var key = RSA.Create(2048);
        return new JsonWebTokenHandler().CreateToken(
            System.Text.Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload)),
            new SigningCredentials(new RsaSecurityKey(key), SecurityAlgorithms.RsaSha256)
        );
    }
}
