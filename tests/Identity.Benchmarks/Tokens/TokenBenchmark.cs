using System.Globalization;
using System.Runtime;
using Identity.Testing;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// What a request costs, and how many a second there are, in one run: this provider, stock OpenIddict on its own EF
/// Core stores, and a bare endpoint that does nothing but the SQL and the signatures. They take turns in short rounds,
/// so that a noisy machine is noisy for all; each figure is the median of the rounds, each ratio that of the rounds'
/// ratios. Every answer is checked.
/// </summary>
internal static class TokenBenchmark
{
    private static readonly string[] Work =
    [
        "client_credentials",
        "refresh",
        "code",
        "authorize",
        "userinfo",
        "introspection",
        "discovery",
        "keys",
    ];
    private const int MostWarmUps = 30;
    private const double LeastJit = 0.02;

    private static readonly string[] Contenders = ["stock", "provider", "single", "bare", "bare-single"];

    public static async Task<int> RunAsync(string[] arguments)
    {
        Plan plan = new(
            Option(arguments, "--rounds", 3),
            Option(arguments, "--workers", 8),
            TimeSpan.FromSeconds(Option(arguments, "--seconds", 1)),
            Option(arguments, "--work", Work),
            Option(arguments, "--algorithm", ["ES256", "RS256"]),
            Option(arguments, "--contenders", Contenders)
        );
        var cluster = await PostgresCluster.GetAsync();
        foreach (var algorithm in plan.Algorithms.Select(static name => new SigningAlgorithm(name)))
        {
            await using var stockDatabase = await cluster.CreateEmptyDatabaseAsync();
            await using var ownDatabase = await cluster.CreateDatabaseAsync();
            await using var singleDatabase = await cluster.CreateDatabaseAsync();
            await using var bareDatabase = await cluster.CreateDatabaseAsync();
            await using var bareSingleDatabase = await cluster.CreateDatabaseAsync();
            await using var stock = new StockContender(
                await StockOpenIddictHost.StartAsync(
                    stockDatabase.OwnerConnectionString,
                    algorithm,
                    CancellationToken.None
                )
            );
            await using var own = await ProviderContender.StartAsync(ownDatabase, algorithm);
            await using var single = await ProviderContender.StartAsync(singleDatabase, algorithm, batches: false);
            await using var bare = await BareContender.StartAsync(bareDatabase, algorithm);
            await using var bareSingle = await BareContender.StartAsync(bareSingleDatabase, algorithm, batches: false);
            var cpu = await CpuClock.OfAsync(ownDatabase);
            foreach (var work in plan.Work)
            {
                (string Name, Contender Contender)[] all =
                [
                    ("stock", stock),
                    ("provider", own),
                    ("single", single),
                    ("bare", bare),
                    ("bare-single", bareSingle),
                ];
                string[] able = work switch
                {
                    "refresh" => Contenders,
                    "client_credentials" or "code" => ["stock", "provider", "bare"],
                    _ => ["stock", "provider"],
                };
                Contender[] contenders =
                [
                    .. all.Where(one => able.Contains(one.Name) && plan.Contenders.Contains(one.Name))
                        .Select(static one => one.Contender),
                ];
                await TableAsync(
                    $"{algorithm.Name} | {work} | {plan.Workers}",
                    contenders,
                    plan.Rounds,
                    contender => MeasureAsync(contender, work, cpu, plan)
                );
            }
        }

        return 0;
    }

    private static Task<Sample> MeasureAsync(Contender contender, string work, CpuClock cpu, Plan plan) =>
        work switch
        {
            "client_credentials" => EachAsync(cpu, plan, contender.ClientCredentialsAsync),
            "refresh" => RefreshAsync(contender, cpu, plan),
            "code" => ExchangeAsync(contender, cpu, plan),
            "authorize" => EachAsync(cpu, plan, contender.CodeAsync),
            "userinfo" => OfTokenAsync(contender, cpu, plan, contender.UserInfoAsync),
            "introspection" => OfTokenAsync(contender, cpu, plan, contender.IntrospectAsync),
            "discovery" => EachAsync(cpu, plan, contender.DiscoveryAsync),
            "keys" => EachAsync(cpu, plan, contender.KeySetAsync),
            _ => throw new ArgumentException($"There is no work called {work}: {string.Join(", ", Work)}."),
        };

    private static async Task TableAsync(
        string title,
        Contender[] contenders,
        int rounds,
        Func<Contender, Task<Sample>> measure
    )
    {
        foreach (var contender in contenders)
            await WarmUpAsync(() => measure(contender));
        var samples = contenders.ToDictionary(static contender => contender, static _ => new List<Sample>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var contender in contenders)
                samples[contender].Add(await measure(contender));
        }

        foreach (var contender in contenders)
            await Console.Out.WriteLineAsync(Line(title, contender.Name, samples[contender], samples[contenders[0]]));
    }

    // Until the JIT has little left to do. A program that runs for days is compiled with all optimizations; in its
    // first seconds it is not, and the one with more code would seem slower than it is.
    private static async Task WarmUpAsync(Func<Task> measure)
    {
        for (var round = 0; round < MostWarmUps; round++)
        {
            var compiled = JitInfo.GetCompilationTime();
            var began = Environment.CpuUsage.TotalTime;
            await measure();
            if (JitInfo.GetCompilationTime() - compiled < (Environment.CpuUsage.TotalTime - began) * LeastJit)
                return;
        }
    }

    private static string Line(string title, string name, List<Sample> own, List<Sample> yardstick)
    {
        double Of(Func<Sample, double> figure) => LoadLoop.Median(own.Select(figure));
        double Ratio(Func<Sample, Sample, double> figure) => LoadLoop.Median(own.Zip(yardstick, figure));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {title} | {name} | {Of(static one => one.Rate):F0}/s "
                + $"| {Of(static one => one.Server):F0} + {Of(static one => one.Postgres):F0} us "
                + $"| {Of(static one => one.Slowest):F1} ms "
                + $"| {Ratio(static (one, stock) => stock.Cpu / one.Cpu):F1} "
                + $"| {Ratio(static (one, stock) => one.Rate / stock.Rate):F1} |"
        );
    }

    private static Task<Sample> EachAsync(CpuClock cpu, Plan plan, Func<Task> ask) =>
        LoadLoop.MeasureAsync(
            cpu,
            plan.Workers,
            plan.Window,
            async _ =>
            {
                await ask();
                return true;
            }
        );

    private static async Task<Sample> OfTokenAsync(Contender contender, CpuClock cpu, Plan plan, Func<string, Task> ask)
    {
        var token = await contender.AccessTokenAsync(await contender.CodeAsync());
        return await EachAsync(cpu, plan, () => ask(token));
    }

    private static async Task<Sample> RefreshAsync(Contender contender, CpuClock cpu, Plan plan)
    {
        // Each worker has a family of its own and goes on from the successor it was given.
        var tokens = new string[plan.Workers];
        for (var worker = 0; worker < tokens.Length; worker++)
            tokens[worker] = await contender.ExchangeAsync(await contender.CodeAsync());
        return await LoadLoop.MeasureAsync(
            cpu,
            plan.Workers,
            plan.Window,
            async worker =>
            {
                var successor = await contender.RefreshAsync(tokens[worker]);
                if (successor == tokens[worker])
                    throw new InvalidOperationException($"{contender.Name} did not rotate.");
                tokens[worker] = successor;
                return true;
            }
        );
    }

    private static async Task<Sample> ExchangeAsync(Contender contender, CpuClock cpu, Plan plan)
    {
        var codes = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForAsync(
            0,
            (int)(plan.Window.TotalSeconds * 400),
            new ParallelOptions { MaxDegreeOfParallelism = plan.Workers },
            async (_, _) => codes.Add(await contender.CodeAsync())
        );
        return await LoadLoop.MeasureAsync(
            cpu,
            plan.Workers,
            TimeSpan.FromMinutes(1),
            async _ =>
            {
                if (!codes.TryTake(out var code))
                    return false;
                await contender.ExchangeAsync(code);
                return true;
            }
        );
    }

    private static int Option(string[] arguments, string name, int fallback) =>
        Value(arguments, name) is { } value ? int.Parse(value, CultureInfo.InvariantCulture) : fallback;

    private static string[] Option(string[] arguments, string name, string[] fallback) =>
        Value(arguments, name) is { } value ? value.Split(',') : fallback;

    private static string? Value(string[] arguments, string name) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    private sealed record Plan(
        int Rounds,
        int Workers,
        TimeSpan Window,
        string[] Work,
        string[] Algorithms,
        string[] Contenders
    );
}
