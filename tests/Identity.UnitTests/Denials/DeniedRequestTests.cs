using Identity.Core.Data;
using Identity.Core.Denials;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Identity.UnitTests.Denials;

/// <summary>What an operator is shown holds no secret, and a flood of refusals costs no more than was said.</summary>
public sealed class DeniedRequestTests
{
    [Theory]
    [InlineData("https://app.example/cb?x=1", "https://app.example/cb?x=1")]
    [InlineData("https://ada:sesame@app.example/cb", "https://[redacted]@app.example/cb")]
    [InlineData("https://app.example/cb?access_token=abc&y=2", "https://app.example/cb?access_token=[redacted]&y=2")]
    [InlineData(
        "https://app.example/cb?client_secret=s#code=c",
        "https://app.example/cb?client_secret=[redacted]#code=[redacted]"
    )]
    [InlineData(
        "https://app.example/cb?back=%2Fhome%3Fcode%3Dhunter2",
        "https://app.example/cb?back=%2Fhome%3Fcode%3D[redacted]"
    )]
    [InlineData("password=sesame", "password=[redacted]")]
    [InlineData("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "token [JWT] here")]
    [InlineData("q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng", "[43 characters]")]
    [InlineData("a\u0000b\u001b[31mc\nd", "a\uFFFDb\uFFFD[31mc\uFFFDd")]
    public void Secrets_and_control_characters_are_taken_out_and_the_rest_stays(string text, string shown) =>
        Assert.Equal(shown, DeniedRequest.Redact(text));

    [Fact]
    public void A_long_text_is_cut() =>
        Assert.Equal(501, DeniedRequest.Redact(string.Concat(Enumerable.Repeat("ab ", 500)))!.Length);

    [Fact]
    public async Task A_flood_is_kept_up_to_three_hundred_and_then_twelve_a_minute()
    {
        var clock = new Protocol.Tokens.Jose.SetClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody");
        using DenialRecorder recorder = new(
            new DenialStore(new Database(source)),
            clock,
            NullLogger<DenialRecorder>.Instance
        );

        var atOnce = Flood();
        clock.Now += TimeSpan.FromMinutes(1);
        var aMinuteLater = Flood();

        Assert.Equal((300, 12), (atOnce, aMinuteLater));

        int Flood() =>
            Enumerable
                .Range(0, 5_000)
                .Count(i => recorder.Offer(new($"id-{i}", default, "Token", "Rule", null, null, null, null, null)));
    }
}
