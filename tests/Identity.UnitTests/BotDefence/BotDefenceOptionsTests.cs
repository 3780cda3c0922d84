using Identity.Core.BotDefence;

namespace Identity.UnitTests.BotDefence;

public sealed class BotDefenceOptionsTests
{
    [Theory]
    [InlineData("https://*.hcaptcha.com", true)]
    [InlineData("https://challenges.example", true)]
    [InlineData("http://challenges.example", false)]
    [InlineData("https://challenges.example/path", false)]
    [InlineData("https://x.example; script-src *", false)]
    [InlineData("https://x.example, https://y.example", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    public void Only_an_origin_goes_into_the_policy(string origin, bool valid) =>
        Assert.Equal(valid, Validate(options => options.Origins.Add(origin)).Length == 0);

    [Fact]
    public void Every_fault_is_named_by_its_key()
    {
        var failures = Validate(static options =>
        {
            (options.VerifyUri, options.ScriptUri) = (new Uri("http://plain.example/verify"), null);
            (options.SiteKey, options.Secret, options.ResponseField) = (null, " ", "");
            (options.Difficulty, options.MaxDifficulty, options.AskAfterAttempts) = (40, 7, -1);
        });

        foreach (
            var key in (string[])
                [
                    "VerifyUri",
                    "ScriptUri",
                    "SiteKey",
                    "Secret",
                    "ResponseField",
                    "Difficulty",
                    "MaxDifficulty",
                    "AskAfterAttempts",
                ]
        )
            Assert.Contains(
                failures,
                failure => failure.StartsWith("Identity:BotDefence:" + key, StringComparison.Ordinal)
            );
    }

    private static string[] Validate(Action<BotDefenceOptions> change)
    {
        BotDefenceOptions options = new()
        {
            Kind = "http",
            VerifyUri = new("https://challenges.example/siteverify"),
            ScriptUri = new("https://challenges.example/api.js"),
            SiteKey = "site",
            Secret = "secret",
        };
        change(options);
        return [.. new BotDefenceOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
