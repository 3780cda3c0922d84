using System.Net;

namespace Identity.Core.Audit;

/// <summary>The outcome that the event reports.</summary>
public enum AuditStatus
{
    Success,
    Failure,
    Blocked,
    Pending,
}

/// <summary>One security event. <see cref="Type"/> is one of <see cref="AuditEventTypes"/>; details never hold a secret
/// or anything typed by a person (LG-1).</summary>
/// <param name="Type">2 to 64 characters, lower case, digits and underscores.</param>
/// <param name="Status">How it ended.</param>
/// <param name="UserId">Whom it concerns, when that is known.</param>
/// <param name="IpAddress">The client's address as the host resolved it (BF-6).</param>
/// <param name="UserAgent">The user agent, truncated to 512 characters.</param>
/// <param name="Details">Text, numbers, booleans, ids, times, and arrays of text. Texts are truncated and the number of
/// entries is limited (LG-2).</param>
public sealed record AuditEvent(
    string Type,
    AuditStatus Status,
    Guid? UserId,
    IPAddress? IpAddress,
    string? UserAgent,
    IReadOnlyDictionary<string, object?>? Details
);

/// <summary>Who is asking, as Pages and Protocol read it from the request.</summary>
/// <param name="IpAddress">The client's address behind configured proxies only (BF-6).</param>
/// <param name="UserAgent">The User-Agent header.</param>
/// <param name="DeviceId">An unguessable id from a cookie that an earlier sign-in left in this browser; null in an
/// unknown browser (BF-3).</param>
public sealed record RequestContext(IPAddress? IpAddress, string? UserAgent, string? DeviceId);

/// <summary>A row of the log as people read it.</summary>
public sealed record AuditEntry(
    Guid Id,
    Guid? UserId,
    string Type,
    string Status,
    IPAddress? IpAddress,
    string? UserAgent,
    string DetailsJson,
    DateTimeOffset CreatedAt
);

/// <summary>A position in a list of entries, newest first.</summary>
public sealed record AuditPlace(DateTimeOffset At, Guid Id);
