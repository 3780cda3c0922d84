using Identity.Server.Protocol.Requests.Authorization;

namespace Identity.UnitTests.Protocol.Requests;

/// <summary>How the rules read the parameters of an authorization request.</summary>
public sealed class AuthorizationParametersTests
{
    [Fact]
    public void Lists_are_split_at_spaces_and_say_each_word_once()
    {
        AuthorizationParameters request = new([
            new("scope", "openid  email openid"),
            new("prompt", "login consent"),
            new("acr_values", "aal2 aal1"),
        ]);

        Assert.Equal(["openid", "email"], request.Scopes);
        Assert.Equal(["login", "consent"], request.Prompts);
        Assert.Equal(["aal2", "aal1"], request.AcrValues);
        Assert.Empty(request.UiLocales);
    }

    [Fact]
    public void Only_resource_may_be_repeated()
    {
        AuthorizationParameters request = new([
            new("resource", "https://one.example"),
            new("resource", "https://two.example"),
            new("nonce", "a"),
            new("nonce", "b"),
        ]);

        Assert.Equal(["https://one.example", "https://two.example"], request.Resources);
        Assert.Null(request.Nonce);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("300", 300)]
    [InlineData("2147483647", 2_147_483_647)]
    [InlineData("2147483648", null)]
    [InlineData("-1", null)]
    [InlineData(" 5", null)]
    [InlineData("5.0", null)]
    [InlineData("", null)]
    public void The_max_age_is_a_whole_number_of_seconds_or_nothing(string text, int? seconds)
    {
        AuthorizationParameters request = new([new("max_age", text)]);

        Assert.Equal(seconds is { } known ? TimeSpan.FromSeconds(known) : null, request.MaxAge);
        Assert.Equal(text, request.MaxAgeText);
    }
}
