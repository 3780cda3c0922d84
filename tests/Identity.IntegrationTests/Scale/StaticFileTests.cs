using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Identity.Testing;

namespace Identity.IntegrationTests.Scale;

/// <summary>Static files under a base address of the operator's, which a content delivery network serves.</summary>
public sealed partial class StaticFileTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Network = "https://static.example.com";

    [Fact]
    public async Task Pages_take_scripts_and_styles_from_the_network_with_their_digest_and_the_policy_allows_no_more()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?> { ["Identity:Assets:BaseAddress"] = Network + "/" }
        );
        using var client = host.CreateClient();

        using var page = await client.GetAsync("/sign-in");
        var html = await page.Content.ReadAsStringAsync();
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var files = Element().Matches(html);

        Assert.Contains(files, static file => file.Value.StartsWith("<script", StringComparison.Ordinal));
        Assert.Contains(files, static file => file.Value.StartsWith("<link", StringComparison.Ordinal));
        foreach (var file in files.Select(static match => match.Value))
        {
            var url = Url().Match(file).Groups[1].Value;
            Assert.StartsWith(Network + "/assets/", url, StringComparison.Ordinal);
            using var asset = await client.GetAsync(url[Network.Length..]);
            var digest = Convert.ToBase64String(SHA256.HashData(await asset.Content.ReadAsByteArrayAsync()));
            Assert.Equal("public, max-age=31536000, immutable", asset.Headers.GetValues("Cache-Control").Single());
            Assert.Equal("*", asset.Headers.GetValues("Access-Control-Allow-Origin").Single());
            if (!url.EndsWith(".svg", StringComparison.Ordinal))
                Assert.Contains(
                    $"integrity=\"sha256-{digest}\" crossorigin=\"anonymous\"",
                    Plain(file),
                    StringComparison.Ordinal
                );
        }
        foreach (var directive in new[] { "script-src", "style-src", "img-src" })
            Assert.Contains($"; {directive} 'self'", policy, StringComparison.Ordinal);
        Assert.Equal(3, policy.Split(Network).Length - 1);
    }

    // Razor writes a plus sign of base64 as an entity.
    private static string Plain(string html) => System.Net.WebUtility.HtmlDecode(html);

    [GeneratedRegex("<(?:script|link)[^>]*>")]
    private static partial Regex Element();

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Url();
}
