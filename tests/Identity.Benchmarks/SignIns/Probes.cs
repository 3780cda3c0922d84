using System.Net;
using Identity.Testing;

namespace Identity.Benchmarks.SignIns;

/// <summary>What everybody else does meanwhile, one request after the other of each kind.</summary>
internal sealed class Probes : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _client;
    private readonly PageBrowser _browser;
    private readonly RelyingParty _party;
    private string _refreshToken;

    private Probes(IdentityHost host, RelyingParty party, string refreshToken)
    {
        (_client, _browser) = (host.CreateClient(), new(host));
        (_party, _refreshToken) = (party, refreshToken);
    }

    /// <summary>A client with a refresh token, and each kind of request once, so that nothing is measured that only a
    /// first request costs.</summary>
    public static async Task<Probes> StartAsync(IdentityHost host, TestDatabase database)
    {
        var party = new RelyingParty(host);
        await party.SignInAsync(await RelyingParty.CreateUserAsync(database, "client@example.org"));
        var tokens = await party.GetTokensAsync("openid offline_access");
        var probes = new Probes(host, party, tokens.RefreshToken!);
        await probes.DiscoverAsync();
        await probes.RefreshAsync();
        await probes.OpenPageAsync();
        return probes;
    }

    /// <summary>Asks until it is told to stop, then prints a row for each kind.</summary>
    public async Task ReportAsync(string phase, CancellationToken stop)
    {
        var times = await Task.WhenAll(
            RepeatAsync(DiscoverAsync, stop),
            RepeatAsync(RefreshAsync, stop),
            RepeatAsync(OpenPageAsync, stop)
        );
        foreach (var (name, took) in new[] { "discovery", "refresh", "sign-in page" }.Zip(times))
            await Console.Out.WriteLineAsync(SignInBenchmark.Line($"{phase}: {name}", took));
    }

    public void Dispose()
    {
        _client.Dispose();
        _browser.Dispose();
        _party.Dispose();
    }

    private static async Task<double[]> RepeatAsync(Func<Task<bool>> call, CancellationToken stop)
    {
        List<double> times = [];
        while (!stop.IsCancellationRequested)
        {
            var (isRight, took) = await SignInBenchmark.TimeAsync(call);
            times.Add(isRight ? took : throw new InvalidOperationException($"{call.Method.Name} got another answer."));
            await Task.Delay(Pause, CancellationToken.None);
        }
        return [.. times];
    }

    private async Task<bool> DiscoverAsync()
    {
        using var answer = await _client.GetAsync("/.well-known/openid-configuration");
        return answer.StatusCode == HttpStatusCode.OK && (await Answer.ReadAsync(answer))["token_endpoint"] is not null;
    }

    private async Task<bool> RefreshAsync()
    {
        var answer = await _party.RefreshAsync(_refreshToken);
        if (answer.RefreshToken is not { } next || answer.AccessToken is null)
            return false;
        _refreshToken = next;
        return true;
    }

    private async Task<bool> OpenPageAsync()
    {
        var page = await _browser.GetAsync("/sign-in");
        return page.Status == HttpStatusCode.OK && page.Html.Contains("Input.Password", StringComparison.Ordinal);
    }
}
