using Identity.Core.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Identity.Core.Passwords;

/// <summary>Reads the highest cost of a stored hash at the start and every hour, so that
/// <see cref="PasswordHasher.Verify"/> knows it without a query.</summary>
internal sealed class HashCostMonitor(
    Database database,
    PasswordHasher hasher,
    TimeProvider time,
    ILogger<HashCostMonitor> logger
) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    // $idp1$2b$12$...: digits 10 and 11.
    private const string Highest = """
        SELECT max(substr(password_hash, 10, 2)::integer) FROM public.users
            WHERE password_hash ~ '^\$idp1\$2[a-z]\$[0-9]{2}\$'
        """;

    // Foreign hashes name their scheme and its parameters first; argon2's version stands between the two.
    private const string ForeignSamples = """
        SELECT min(password_hash) FROM public.users
        WHERE password_hash IS NOT NULL AND password_hash !~ '^(\$idp|\{)'
        GROUP BY substring(password_hash FROM '^\$[^$]*\$(?:v=[0-9]+\$)?[^$]*') LIMIT 1000
        """;

    /// <summary>Reads the cost once.</summary>
    internal async Task ReadAsync(CancellationToken cancellationToken)
    {
        var highest = await database.QuerySingleOrDefaultAsync<int?>(
            Highest,
            static row => row.IsDBNull(0) ? null : row.GetInt32(0),
            cancellationToken
        );
        hasher.NoteHighestStored(highest ?? 0);
        hasher.NoteForeignStored(
            await database.QueryAsync(ForeignSamples, static row => row.GetString(0), cancellationToken)
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
                await Task.Delay(await TryReadAsync(stoppingToken) ? Interval : Retry, time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host is stopping.
        }
    }

    private async Task<bool> TryReadAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ReadAsync(stoppingToken);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            Log.HighestCostUnknown(logger, exception);
            return false;
        }
    }
}
