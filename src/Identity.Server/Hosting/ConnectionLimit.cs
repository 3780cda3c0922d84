using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary>
/// How many connections the server takes at once. Each is a file descriptor, and so is each connection to the database:
/// a process that has none left can open nothing, and strangers who only connect could bring it there. Beyond the limit
/// a connection is closed at once, and those that are open go on.
/// </summary>
/// <param name="Descriptors">How many files the process may open; null where that cannot be told.</param>
/// <param name="Connections">How many connections are taken; null for any number.</param>
internal sealed record ConnectionLimit(long? Descriptors, long? Connections)
{
    /// <summary>The fewest connections that are of use.</summary>
    public const int Min = 32;

    /// <summary>Below this an operator is told.</summary>
    public const long FewDescriptors = 4096;

    // Measured: 372 for assemblies, logs and timers. The rest is for connections that are being closed.
    private const long Reserve = 640;

    /// <summary>The limit of this process.</summary>
    /// <param name="options">May set a lower one.</param>
    /// <param name="connectionString">Tells the size of the database's pool.</param>
    public static ConnectionLimit Of(HostingOptions options, string connectionString) =>
        Of(
            DescriptorsOfThisProcess(),
            options.MaxConnections,
            new NpgsqlConnectionStringBuilder(connectionString).MaxPoolSize
        );

    internal static ConnectionLimit Of(long? descriptors, int? wanted, int poolSize)
    {
        if (descriptors is not { } all)
            return new(null, wanted);
        var possible = Math.Max(Min, all - Reserve - poolSize);
        return new(all, Math.Min(wanted ?? possible, possible));
    }

    // "Max open files  <soft>  <hard>  files". .NET raises the soft limit to the hard one when it starts.
    internal static long? Parse(IEnumerable<string> limits) =>
        limits.FirstOrDefault(static line => line.StartsWith("Max open files", StringComparison.Ordinal)) is { } line
        && long.TryParse(
            line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var soft
        )
            ? soft
            : null;

    private static long? DescriptorsOfThisProcess()
    {
        try
        {
            return Parse(File.ReadLines("/proc/self/limits"));
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Counts connections over all endpoints. The server's own limit counts each endpoint for itself, and
/// <c>http://localhost</c> alone is two.</summary>
internal sealed class ConnectionCounter(long most)
{
    private long _open;

    /// <summary>Serves a connection, or closes it where there are too many.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= most)
                await next(connection);
            else
                connection.Abort(new ConnectionAbortedException("There are too many connections."));
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
