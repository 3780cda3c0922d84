using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Npgsql;

namespace Identity.Server.Hosting;

/// <summary> Limits the number of concurrent connections. Each uses a file descriptor, and so does each connection to
/// the database: a process without free descriptors can open nothing, and strangers could cause that merely by
/// connecting. Connections beyond the limit are closed at once; open ones continue.
/// </summary>
/// <param name="Descriptors">How many files the process may open; null if unknown.</param>
/// <param name="Connections">How many connections are accepted; null for any number.</param>
internal sealed record ConnectionLimit(long? Descriptors, long? Connections)
{
    /// <summary>The smallest useful number of connections.</summary>
    public const int Min = 32;

    /// <summary>Below this number the operator is warned.</summary>
    public const long FewDescriptors = 4096;

    // Measured: 372 for assemblies, logs and timers. The rest is for connections that are being closed.
    private const long Reserve = 640;

    /// <summary>The limit of this process.</summary>
    /// <param name="options">May set a lower limit.</param>
    /// <param name="connectionString">Contains the size of the database's pool.</param>
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

/// <summary>Counts connections over all endpoints. The server's own limit counts each endpoint separately, and
/// <c>http://localhost</c> alone is two.</summary>
internal sealed class ConnectionCounter(long most)
{
    private long _open;

    /// <summary>Serves a connection, or closes it if there are too many.</summary>
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
