using Identity.Core.Passkeys;

namespace Identity.UnitTests.Pages;

/// <summary>What section Identity:Passkeys takes, and how it says what is wrong.</summary>
public sealed class PasskeyOptionsTests
{
    [Theory]
    [InlineData("https://example.org", true)]
    [InlineData("https://accounts.example.org:8443", true)]
    [InlineData("https://example.org/", false)]
    [InlineData("http://example.org", false)]
    [InlineData("https://user@example.org", false)]
    [InlineData("https://192.0.2.1", false)]
    [InlineData("example.org", false)]
    public void A_related_origin_is_written_as_browsers_do(string origin, bool isTaken)
    {
        PasskeyOptions options = new();
        options.RelatedOrigins.Add(origin);

        Assert.Equal(isTaken ? null : "RelatedOrigins", FaultOf(options));
    }

    [Fact]
    public void The_pause_has_limits_and_an_automatic_creation_needs_the_offer()
    {
        Assert.Null(FaultOf(new()));
        Assert.Equal("OfferAgainAfter", FaultOf(new() { OfferAgainAfter = TimeSpan.FromHours(1) }));
        Assert.Equal("OfferAgainAfter", FaultOf(new() { OfferAgainAfter = TimeSpan.FromDays(366) }));
        Assert.Equal("CreateAutomatically", FaultOf(new() { CreateAutomatically = true }));
        Assert.Null(FaultOf(new() { CreateAutomatically = true, Offer = true }));
    }

    private static string? FaultOf(PasskeyOptions options) =>
        new PasskeyOptionsValidator().Validate(null, options).Failures is { } failures
            ? Assert.Single(failures).Split(':')[2]
            : null;
}
