using System.Diagnostics;

namespace Identity.Server.Browser;

/// <summary>The id that a person, a client's log and this provider's log share for a request: the trace id
/// (OP-1).</summary>
internal static class Correlation
{
    /// <summary>The header that carries the id in every answer.</summary>
    public const string Header = "X-Correlation-Id";

    /// <summary>32 hex digits; the server's own request id if there is no trace.</summary>
    public static string GetCorrelationId(this HttpContext http) =>
        http.Features.Get<CorrelationId>()?.Value ?? Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    /// <summary>Fixed at the beginning of the request, so that activities started later do not change it.</summary>
    internal sealed record CorrelationId(string Value);
}

/// <summary>Why the page <c>/error</c> is shown instead of the requested answer. A feature of the request; absent if
/// the page is opened directly.</summary>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="RetryAfter">When to try again, if known.</param>
internal sealed record FailedRequest(int Status, TimeSpan? RetryAfter = null);

/// <summary>The request has a character that cannot be stored (<see cref="FormText.Refused.IsText"/>), which a person
/// can fix. A feature of the request.</summary>
/// <param name="Fields">The fields of the form from which it was removed: their values are only for showing the form
/// again, and no handler may act on them. Empty if the whole request was refused.</param>
internal sealed record UnsoundText(IReadOnlyList<string> Fields);

/// <summary>The request was made to a host name that is not served. A feature of the request.</summary>
/// <param name="Host">The requested name; untrusted.</param>
/// <param name="Issuer">The address of the provider.</param>
internal sealed record UnservedHost(string Host, Uri Issuer);
