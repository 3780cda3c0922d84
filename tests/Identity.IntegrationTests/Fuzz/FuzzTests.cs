using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Identity.IntegrationTests.Fuzz;

/// <summary>
/// Every page and endpoint with requests that are made to be stumbled over, for a minute: the answer is 2xx, 3xx or
/// 4xx, and a refusal leaves nothing behind. A run is repeated by its seed: <c>IDENTITY_FUZZ_SEED=1,3 dotnet test
/// --filter FuzzTests</c>; <c>IDENTITY_FUZZ_SECONDS</c> makes it longer.
/// </summary>
public sealed class FuzzTests(FuzzFixture fixture, ITestOutputHelper output) : IClassFixture<FuzzFixture>
{
    [Fact]
    public async Task Whatever_is_sent_to_any_path_is_answered_and_a_refusal_leaves_nothing_behind()
    {
        var (seed, gamma) = Seed();
        var duration = TimeSpan.FromSeconds(
            double.Parse(
                Environment.GetEnvironmentVariable("IDENTITY_FUZZ_SECONDS") ?? "45",
                CultureInfo.InvariantCulture
            )
        );
        output.WriteLine($"IDENTITY_FUZZ_SEED={seed},{gamma}; {fixture.Paths.Count} paths");
        HostileGenerators generators = new(fixture);
        var watch = Stopwatch.StartNew();
        Dictionary<int, int> answers = [];
        Dictionary<string, long>? rows = null;
        var property = Prop.ForAll(
            Arb.From(generators.Requests(), static request => request.Shrink()),
            async request =>
            {
                if (watch.Elapsed > duration)
                    return true;
                rows ??= await fixture.RowsAsync();
                var status = await SendAsync(request);
                answers[status] = answers.GetValueOrDefault(status) + 1;
                if (status is < 200 or >= 500)
                    return false;
                var before = rows;
                rows = status < 400 ? null : await fixture.RowsAsync();
                var grown = rows?.Where(table => table.Value > before.GetValueOrDefault(table.Key)).ToArray() ?? [];
                if (grown.Length == 0)
                    return true;
                output.WriteLine($"{status}, and {string.Join(", ", grown)} grew: {request}");
                return false;
            }
        );

        // The generator is asked for requests as long as there is time.
        for (var round = 0UL; watch.Elapsed < duration; round++)
        {
            await fixture.RefreshBrowsersAsync();
            rows = null;
            Check.One(
                Config
                    .QuickThrowOnFailure.WithMaxTest(500)
                    .WithReplay(seed + (round * 2), gamma)
                    .WithName($"IDENTITY_FUZZ_SEED={seed + (round * 2)},{gamma}"),
                property
            );
        }

        output.WriteLine(string.Join(", ", answers.OrderBy(static pair => pair.Key)));
        Assert.InRange(fixture.Paths.Count, 40, 400);
        Assert.True(answers.Values.Sum() > 500, "Too few requests were sent for this to mean anything.");
    }

    private async Task<int> SendAsync(HostileRequest request)
    {
        using var message = request.ToMessage();
        try
        {
            using var answer = await (request.IsSignedIn ? fixture.Person : fixture.Stranger).Client.SendAsync(message);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException closed) when (closed.HttpRequestError != HttpRequestError.ConnectionError)
        {
            // The server hung up on a client that still talked (a body that is refused unread).
            return 400;
        }
    }

    private static (ulong Seed, ulong Gamma) Seed()
    {
        var given = Environment.GetEnvironmentVariable("IDENTITY_FUZZ_SEED")?.Split(',');
        return given is [var seed, var gamma]
            ? (ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture) | 1)
            : ((ulong)Stopwatch.GetTimestamp(), 0x9E3779B97F4A7C15UL);
    }
}
