using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Identity.Testing;
using Xunit.Abstractions;

namespace Identity.DuendeTests;

/// <summary>Both engines on one database, one after the other, in one run. Not part of the tests: it runs where
/// <c>IDENTITY_BENCH</c> is set, and its figures are the output.</summary>
public sealed class EnginesBenchmark(EnginesFixture fixture, ITestOutputHelper output) : IClassFixture<EnginesFixture>
{
    private const int Workers = 4;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Requests_a_second_of_each_engine()
    {
        if (Environment.GetEnvironmentVariable("IDENTITY_BENCH") is not { Length: > 0 })
            return;
        foreach (var kind in new[] { "client_credentials", "refresh", "userinfo", "introspection" })
        {
            foreach (var (name, host) in new[] { ("OpenIddict", fixture.OpenIddict), ("Duende", fixture.Duende) })
            {
                await RunAsync(host, kind, WarmUp);
                var times = await RunAsync(host, kind, Measured);
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{kind, -20} {name, -12} {times.Count / Measured.TotalSeconds, 8:0} requests a second, "
                            + $"median {times[times.Count / 2]:0.0} ms, p99 {times[times.Count * 99 / 100]:0.0} ms"
                    )
                );
                Assert.NotEmpty(times);
            }
        }
    }

    private async Task<List<double>> RunAsync(IdentityHost host, string kind, TimeSpan time)
    {
        var all = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(host, kind, time)));
        return [.. all.SelectMany(static times => times).Order()];
    }

    private async Task<List<double>> WorkAsync(IdentityHost host, string kind, TimeSpan time)
    {
        using var party = await fixture.SignedInAsync(host);
        var tokens = await party.GetTokensAsync("openid email offline_access");
        var refresh = tokens.RefreshToken!;
        List<double> times = [];
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
        {
            var start = Stopwatch.GetTimestamp();
            var answer = await party.SendAsync(RequestOf(party, kind, refresh, tokens.AccessToken!));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            refresh = answer.RefreshToken ?? refresh;
        }
        return times;
    }

    private static HttpRequestMessage RequestOf(RelyingParty party, string kind, string refresh, string access) =>
        kind switch
        {
            "refresh" => party.RefreshRequest(refresh),
            "introspection" => party.Post("/connect/introspect", ("token", access)),
            "userinfo" => new(HttpMethod.Get, "/connect/userinfo")
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", access) },
            },
            _ => party.Post("/connect/token", ("grant_type", "client_credentials"), ("scope", "api")),
        };
}
