namespace Identity.Core.Clients;

// The lifetimes of a client's tokens and codes.
internal sealed partial class ClientReader
{
    private static readonly TimeSpan MinLifetime = TimeSpan.FromSeconds(5);
    internal static readonly TimeSpan MaxAccessToken = TimeSpan.FromMinutes(10);
    internal static readonly TimeSpan MaxIdToken = TimeSpan.FromHours(1);
    internal static readonly TimeSpan MaxAuthorizationCode = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxRefreshGrace = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan DefaultDeviceCode = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MinDeviceCode = TimeSpan.FromMinutes(1);
    internal static readonly TimeSpan MaxDeviceCode = TimeSpan.FromMinutes(30);

    private TimeSpan Lifetime(TimeSpan? given, TimeSpan fallback, TimeSpan longest, string name) =>
        Lifetime(given, fallback, MinLifetime, longest, name);

    private TimeSpan Lifetime(TimeSpan? given, TimeSpan fallback, TimeSpan shortest, TimeSpan longest, string name)
    {
        if (given is { } value && (value < shortest || value > longest))
            Fail(name, $"must be between {shortest.TotalSeconds:0} seconds and {longest:c}");
        return given ?? fallback;
    }

    // A person has to find the page and type the code, which takes at least a minute. A long-lived code can be guessed
    // or used to trick somebody (RFC 8628 sections 5.1 and 5.4).
    private TimeSpan DeviceCodeLifetime() =>
        Lifetime(
            _definition.DeviceCodeLifetime,
            DefaultDeviceCode,
            MinDeviceCode,
            MaxDeviceCode,
            nameof(_definition.DeviceCodeLifetime)
        );

    private TimeSpan? RefreshTokenGrace()
    {
        if (_definition.RefreshTokenGrace is { } grace && (grace < TimeSpan.Zero || grace > MaxRefreshGrace))
            Fail(
                nameof(_definition.RefreshTokenGrace),
                $"must be between 0 and {MaxRefreshGrace.TotalSeconds:0} seconds"
            );
        return _definition.RefreshTokenGrace;
    }

    private TimeSpan? MaxAge()
    {
        if (_definition.DefaultMaxAge is not { } seconds)
            return null;
        if (seconds is < 0 or > 31_536_000)
            Fail(nameof(_definition.DefaultMaxAge), "must be between 0 and 31536000 seconds");
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 31_536_000));
    }
}
