using System.Globalization;
using Identity.Core.Bench;

namespace Identity.Server.Commands;

/// <summary>Formats a bench run as Markdown, as in docs/benchmarks.md.</summary>
internal static class BenchTable
{
    public static IEnumerable<string> Lines(BenchReport report)
    {
        var size = report.Size;
        yield return Text($"{report.At:yyyy-MM-dd HH:mm} UTC, PostgreSQL {report.Server}, {report.Processors} cores, ")
            + $"load before: {report.Load ?? "unknown"}";
        yield return Text(
            $"{size.Users:N0} users, {size.Sessions:N0} sessions, {size.RefreshTokens:N0} refresh tokens, "
        ) + Text($"{size.Events:N0} events; {report.DatabaseSize}");
        yield return "";
        yield return "| operation | promised (median, never above) | median ms | p99 ms | met | commands | buffers "
            + "| WAL bytes | backend ms |";
        yield return "| --- | --- | --- | --- | --- | --- | --- | --- | --- |";
        foreach (var one in report.Results)
            yield return Text($"| {one.Name} | {Promise(one)} | {Times(one.Times[0])} | {Met(one)} | {one.Commands} ")
                + Text($"| {one.Buffers:F1} | {one.WalBytes:F0} | {Backend(one)} |");
        yield return "";
        yield return "| operation | connections | calls/s | median ms | p99 ms | wrong |";
        yield return "| --- | --- | --- | --- | --- | --- |";
        foreach (var one in report.Results)
        {
            foreach (var times in one.Times)
                yield return Text($"| {one.Name} | {times.Connections} | {times.PerSecond:N0} | {Times(times)} ")
                    + $"| {times.Wrong} |";
        }
        foreach (var line in report.Cleanup is { } cleanup ? Cleanup(cleanup) : [])
            yield return line;
    }

    private static IEnumerable<string> Cleanup(BenchCleanup cleanup)
    {
        yield return "";
        yield return "| refresh at 8 connections | calls/s | median ms | p99 ms | wrong |";
        yield return "| --- | --- | --- | --- | --- |";
        yield return Text($"| quiet | {cleanup.Quiet.PerSecond:N0} | {Times(cleanup.Quiet)} | {cleanup.Quiet.Wrong} |");
        yield return Text($"| while {cleanup.Deleted:N0} ended sessions are deleted | {cleanup.During.PerSecond:N0} ")
            + Text($"| {Times(cleanup.During)} | {cleanup.During.Wrong} |");
    }

    private static string Times(BenchTimes times) => Text($"{times.MedianMs:F3} | {times.P99Ms:F3}");

    private static string Backend(BenchResult one) =>
        one.BackendMs?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";

    private static string Promise(BenchResult one) =>
        one is { Promise: { } median, Limit: { } limit } ? Text($"{median:F0}, {limit:F0} ms") : "-";

    private static string Met(BenchResult one) =>
        one.Met switch
        {
            true => "yes",
            false => "no",
            null => "-",
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
