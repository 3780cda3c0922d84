using Identity.Core.Primitives;

namespace Identity.Server.Presentation.Languages;

/// <summary>The time zone of the person who made the request: the one of their profile, else the browser's, which a
/// script stores in a cookie. Without both, times are in UTC, and the page says so.</summary>
internal sealed class PersonTimeZone(IHttpContextAccessor accessor)
{
    /// <summary>Written by <c>zone.js</c>, so scripts can read this cookie.</summary>
    public const string Cookie = "__Host-zone";

    private TimeZoneInfo? _profile;
    private TimeZoneInfo? _browser;

    /// <summary>The zone, or null when neither the profile nor the browser names one.</summary>
    public TimeZoneInfo? Known =>
        _profile ?? (_browser ??= TimeZoneName.Find(accessor.HttpContext?.Request.Cookies[Cookie]));

    /// <summary>The zone to show times in.</summary>
    public TimeZoneInfo Zone => Known ?? TimeZoneInfo.Utc;

    /// <summary>Prefers the zone of a profile, if it names one that exists.</summary>
    public void Prefer(string? zoneinfo) => _profile = TimeZoneName.Find(zoneinfo);
}
