using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// Drives a server in memory, straight into its pipeline: what is measured is the server and the database, not a socket
/// and not an HTTP client.
/// Bounded in time; never leaves the process but for PostgreSQL.
/// </summary>
internal static class LoadLoop
{
    /// <summary>What a request costs over <paramref name="duration"/> with <paramref name="workers"/> callers, each
    /// waiting for its answer. A worker that says so has nothing more to ask.</summary>
    public static async Task<Sample> MeasureAsync(
        CpuClock cpu,
        int workers,
        TimeSpan duration,
        Func<int, Task<bool>> call
    )
    {
        var times = new List<double>[workers];
        var (server, postgres) = cpu.Now;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, workers)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        List<double> own = times[worker] = [];
                        while (clock.Elapsed < duration)
                        {
                            var began = Stopwatch.GetTimestamp();
                            if (!await call(worker))
                                break;
                            own.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                        }
                    })
                )
        );
        var elapsed = clock.Elapsed;
        var (serverAfter, postgresAfter) = cpu.Now;
        double[] all = [.. times.SelectMany(static own => own).Order()];
        return new(
            all.Length / elapsed.TotalSeconds,
            (serverAfter - server).TotalMicroseconds / all.Length,
            (postgresAfter - postgres).TotalMicroseconds / all.Length,
            all[(int)(all.Length * 0.99)]
        );
    }

    /// <summary>Reads a document; anything but 200 ends the run.</summary>
    /// <param name="prepare">What the request has besides.</param>
    public static async Task<string> GetAsync(TestServer server, string path, Action<HttpRequest>? prepare = null)
    {
        var context = await server.SendAsync(http =>
        {
            http.Request.Method = HttpMethods.Get;
            http.Request.Scheme = "http";
            http.Request.Host = new HostString("localhost");
            http.Request.Path = path;
            prepare?.Invoke(http.Request);
        });
        using var reader = new StreamReader(context.Response.Body);
        var answer = await reader.ReadToEndAsync();
        return context.Response.StatusCode == 200
            ? answer
            : throw new InvalidOperationException($"{path} answered {context.Response.StatusCode}: {answer}");
    }

    /// <summary>Posts a form and gives the body back; anything but 200 ends the run, because a fast error is not a fast
    /// answer.</summary>
    public static async Task<string> PostAsync(TestServer server, string path, string form)
    {
        var body = System.Text.Encoding.ASCII.GetBytes(form);
        var context = await server.SendAsync(http =>
        {
            http.Request.Method = HttpMethods.Post;
            http.Request.Scheme = "http";
            http.Request.Host = new HostString("localhost");
            http.Request.Path = path;
            http.Request.ContentType = "application/x-www-form-urlencoded";
            http.Request.ContentLength = body.Length;
            http.Request.Body = new MemoryStream(body);
        });
        using var reader = new StreamReader(context.Response.Body);
        var answer = await reader.ReadToEndAsync();
        return context.Response.StatusCode == 200
            ? answer
            : throw new InvalidOperationException($"{path} answered {context.Response.StatusCode}: {answer}");
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1
            ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
