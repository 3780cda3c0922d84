using System.Threading.RateLimiting;
using Identity.Core.Administration;
using Microsoft.Extensions.Options;

namespace Identity.Server.Admin.Api;

/// <summary>How many requests a client may make, at this instance: a script that runs wild must not slow sign-ins
/// down.</summary>
internal sealed class ApiLimits(IOptions<AdminOptions> options) : IDisposable
{
    private const int SecondsOfMinute = 60;

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(caller =>
        RateLimitPartition.GetTokenBucketLimiter(
            caller,
            _ =>
                new()
                {
                    TokenLimit = options.Value.RequestsPerMinute,
                    TokensPerPeriod = Math.Max(1, options.Value.RequestsPerMinute / SecondsOfMinute),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(
                        options.Value.RequestsPerMinute >= SecondsOfMinute
                            ? 1
                            : (double)SecondsOfMinute / options.Value.RequestsPerMinute
                    ),
                    QueueLimit = 0,
                    AutoReplenishment = true,
                }
        )
    );

    /// <summary>Takes one request of a caller.</summary>
    public RateLimitLease Take(string caller) => _limiter.AttemptAcquire(caller);

    public void Dispose() => _limiter.Dispose();
}
