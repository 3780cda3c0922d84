using System.Globalization;
using Identity.Testing;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// CPU time of this process (the server under load and the loop that drives it) and of PostgreSQL, from <c>/proc</c>.
/// On a machine that others use as well, a rate says what they left over, and this what a request costs.
/// </summary>
internal sealed class CpuClock
{
    // USER_HZ, which Linux fixes at 100 for what it shows in /proc (proc(5), times(2)).
    private const double TicksASecond = 100;

    private readonly int _postmaster;

    private CpuClock(int postmaster) => _postmaster = postmaster;

    /// <summary>A clock for the server that this database is on.</summary>
    public static async Task<CpuClock> OfAsync(TestDatabase database)
    {
        var backend = await database.ScalarAsync<int>("SELECT pg_backend_pid()");
        return new(int.Parse(Fields(backend)![1], CultureInfo.InvariantCulture));
    }

    /// <summary>The time so far.</summary>
    public (TimeSpan Server, TimeSpan Postgres) Now => (Environment.CpuUsage.TotalTime, PostgresTime());

    // Of the processes that live, and of those that the postmaster has buried.
    private TimeSpan PostgresTime()
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                !int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process)
                || Fields(process) is not { } fields
            )
                continue;
            if (process == _postmaster)
                ticks += Sum(fields, 11, 4);
            else if (fields[1] == _postmaster.ToString(CultureInfo.InvariantCulture))
                ticks += Sum(fields, 11, 2);
        }
        return TimeSpan.FromSeconds(ticks / TicksASecond);
    }

    private static long Sum(string[] fields, int from, int count) =>
        fields.AsSpan(from, count).ToArray().Sum(static ticks => long.Parse(ticks, CultureInfo.InvariantCulture));

    // The fields of /proc/PID/stat behind the name, which may hold spaces: state, parent, ...; null when it is gone.
    private static string[]? Fields(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>What a round measured.</summary>
/// <param name="Rate">Answers a second.</param>
/// <param name="Server">CPU microseconds an answer in this process.</param>
/// <param name="Postgres">CPU microseconds an answer in PostgreSQL.</param>
/// <param name="Slowest">The 99th percentile of the time to an answer, in milliseconds.</param>
internal readonly record struct Sample(double Rate, double Server, double Postgres, double Slowest)
{
    /// <summary>CPU microseconds an answer.</summary>
    public double Cpu => Server + Postgres;
}
