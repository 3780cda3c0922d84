using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Identity.Core.Sessions;

/// <summary>Settings of the cache of sessions (docs/decisions/0035).</summary>
public sealed class SessionCacheOptions
{
    public const string Section = "Identity:SessionCache";

    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>How long a validated session is served from the cache; zero, the default, is off. An ended session ends
    /// at once in spite of it; this bounds what a silent break of the notifications can cost.</summary>
    public TimeSpan Lifetime { get; set; }

    /// <summary>The address of a Redis server that the instances share, in the form of StackExchange.Redis; none means
    /// that each instance caches in its own memory. A secret if it carries a password.</summary>
    public string? Redis { get; set; }
}

internal sealed class SessionCacheOptionsValidator : IValidateOptions<SessionCacheOptions>
{
    public ValidateOptionsResult Validate(string? name, SessionCacheOptions options)
    {
        List<string> failures = [];
        if (options.Lifetime < TimeSpan.Zero || options.Lifetime > SessionCacheOptions.Longest)
            failures.Add($"{SessionCacheOptions.Section}:Lifetime: must be between zero (off) and one minute.");
        if (options.Redis is not null && !IsAddress(options.Redis))
            failures.Add($"{SessionCacheOptions.Section}:Redis: must be an address such as redis.internal:6379.");
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    // The library's message could quote the password.
    private static bool IsAddress(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
