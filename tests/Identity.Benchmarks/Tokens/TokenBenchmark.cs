using System.Globalization;
using Identity.Testing;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// Token endpoint throughput of three contenders in one run: this provider, stock OpenIddict on its own EF Core stores,
/// and a bare endpoint that does nothing but the SQL and the signatures. They take turns in short rounds, so that a
/// noisy machine is noisy for all; the figure is the median of the rounds' ratios.
/// </summary>
internal static class TokenBenchmark
{
    private const int Workers = 4;
    private const int CodesARound = 400;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var rounds = Option(arguments, "--rounds", 5);
        var window = TimeSpan.FromSeconds(Option(arguments, "--seconds", 2));
        var cluster = await PostgresCluster.GetAsync();
        foreach (var algorithm in new[] { SigningAlgorithm.Es256, SigningAlgorithm.Rs256 })
        {
            await using var stockDatabase = await cluster.CreateEmptyDatabaseAsync();
            await using var ownDatabase = await cluster.CreateDatabaseAsync();
            await using var bareDatabase = await cluster.CreateDatabaseAsync();
            await using var stock = new StockContender(
                await StockOpenIddictHost.StartAsync(
                    stockDatabase.OwnerConnectionString,
                    algorithm,
                    CancellationToken.None
                )
            );
            await using var own = await ProviderContender.StartAsync(ownDatabase, algorithm);
            await using var bare = await BareContender.StartAsync(bareDatabase, algorithm);
            Contender[] contenders = [stock, own, bare];

            await TableAsync(
                algorithm,
                "client_credentials",
                contenders,
                rounds,
                contender => ClientCredentialsAsync(contender, window)
            );
            await TableAsync(algorithm, "refresh", contenders, rounds, contender => RefreshAsync(contender, window));
            await TableAsync(algorithm, "code exchange", contenders, rounds, ExchangeAsync);
        }

        return 0;
    }

    private static async Task TableAsync(
        SigningAlgorithm algorithm,
        string grant,
        Contender[] contenders,
        int rounds,
        Func<Contender, Task<double>> measure
    )
    {
        foreach (var contender in contenders)
            await measure(contender);
        var rates = contenders.ToDictionary(static contender => contender, static _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders)
                rates[contender].Add(await measure(contender));
        }

        var yardstick = rates[contenders[0]];
        var output = Console.Out;
        foreach (var contender in contenders)
        {
            var ratio = LoadLoop.Median(rates[contender].Zip(yardstick, static (rate, stock) => rate / stock));
            await output.WriteLineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {algorithm.Name} | {grant} | {contender.Name} | {LoadLoop.Median(rates[contender]):F0}/s | "
                        + $"{ratio:F2} |"
                )
            );
        }
    }

    private static Task<double> ClientCredentialsAsync(Contender contender, TimeSpan window) =>
        LoadLoop.MeasureAsync(Workers, window, _ => contender.ClientCredentialsAsync());

    private static async Task<double> RefreshAsync(Contender contender, TimeSpan window)
    {
        // Each worker has a family of its own and goes on from the successor it was given.
        var tokens = new string[Workers];
        for (var worker = 0; worker < Workers; worker++)
            tokens[worker] = await contender.ExchangeAsync(await contender.CodeAsync());
        return await LoadLoop.MeasureAsync(
            Workers,
            window,
            async worker => tokens[worker] = await contender.RefreshAsync(tokens[worker])
        );
    }

    private static async Task<double> ExchangeAsync(Contender contender)
    {
        var codes = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForAsync(
            0,
            CodesARound,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            async (_, _) => codes.Add(await contender.CodeAsync())
        );
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (codes.TryTake(out var code))
                            await contender.ExchangeAsync(code);
                    })
                )
        );
        return CodesARound / clock.Elapsed.TotalSeconds;
    }

    private static int Option(string[] arguments, string name, int fallback) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length
            ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture)
            : fallback;
}
