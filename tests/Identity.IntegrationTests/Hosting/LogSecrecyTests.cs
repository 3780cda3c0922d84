using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Hosting;

/// <summary>At the loudest level, with a secret in every place that a request has, the log has none of them
/// (LG-1).</summary>
public sealed class LogSecrecyTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task No_secret_reaches_the_log(string environment)
    {
        var folder = IdentityProcess.CreateFolder();
        var address = new Uri($"http://localhost:{IdentityProcess.FreePort()}");
        await using var host = IdentityProcess.Start(
            folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = environment,
                ["ConnectionStrings__Identity"] = fixture.Database.ConnectionString,
                ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
                ["Identity__AllowInsecureIssuer"] = "true",
                ["Identity__Keys__MasterKey"] = Convert.ToBase64String(new byte[32]),
                ["Identity__Logging__Level"] = "Trace",
                ["Identity__Clients__shop__Secret"] = "SECRET-of-the-shop-that-is-long-enough-000",
                ["Identity__Clients__shop__RedirectUris__0"] = "http://localhost:5999/cb",
            },
            $"--urls={address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(address);
        using var http = new HttpClient { BaseAddress = address };

        foreach (
            var path in new[]
            {
                "/connect/token",
                "/connect/authorize",
                "/connect/introspect",
                "/connect/revoke",
                "/connect/userinfo",
                "/connect/end-session",
                "/connect/par",
                "/sign-in",
                "/register",
                "/SECRET-path",
            }
        )
        {
            using var get = new HttpRequestMessage(
                HttpMethod.Get,
                path
                    + "?code=SECRET-code&id_token_hint=SECRET-hint&state=SECRET-state&returnUrl=/SECRET"
                    + "&client_id=shop&redirect_uri=http://localhost:5999/SECRET"
            );
            get.With("Authorization", "Bearer SECRET-token")
                .With("Cookie", "__Host-identity=SECRET-cookie")
                .With("User-Agent", "SECRET-agent")
                .With("Referer", "http://x/SECRET");
            using var got = await http.SendAsync(get);
            using var post = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(
                    "grant_type=authorization_code&client_id=shop"
                        + "&client_secret=SECRET-of-the-shop-that-is-long-enough-000&code=SECRET-code"
                        + "&code_verifier=SECRET-verifier-0123456789012345678901234567890123"
                        + "&refresh_token=SECRET-refresh&token=SECRET-token&password=SECRET-password"
                        + "&email=SECRET%40example.com",
                    Encoding.ASCII,
                    "application/x-www-form-urlencoded"
                ),
            };
            using var posted = await http.SendAsync(post);
            Assert.True(
                (int)got.StatusCode < 500 && (int)posted.StatusCode < 500,
                $"{path}: {got.StatusCode}, {posted.StatusCode}"
            );
        }

        host.Terminate();
        var (exitCode, output, error) = await host.WaitForExitAsync(TimeSpan.FromSeconds(30));

        Directory.Delete(folder, recursive: true);
        Assert.Equal(0, exitCode);
        Assert.Contains("/connect/token", output, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", output + error, StringComparison.OrdinalIgnoreCase);
    }
}
