using System.Diagnostics;

namespace Identity.Server.Browser;

/// <summary>The one id by which a person, a client's log and our log speak of the same request: the trace id
/// (OP-1).</summary>
internal static class Correlation
{
    /// <summary>The header that carries it in every answer.</summary>
    public const string Header = "X-Correlation-Id";

    /// <summary>32 hex digits; the server's own name of the request where no trace was started.</summary>
    public static string GetCorrelationId(this HttpContext http) =>
        http.Features.Get<CorrelationId>()?.Value ?? Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    /// <summary>Fixed for the request at its beginning, so that no activity started on the way changes it.</summary>
    internal sealed record CorrelationId(string Value);
}

/// <summary>Why the page <c>/error</c> is drawn in place of the answer that was asked for. A feature of the request;
/// absent when the page is opened by hand.</summary>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="RetryAfter">When it is worth trying again, where that is known.</param>
internal sealed record FailedRequest(int Status, TimeSpan? RetryAfter = null);

/// <summary>The request has a character that cannot be stored (<see cref="FormText.Refused.IsText"/>), which a person
/// can mend. A feature of the request.</summary>
/// <param name="Fields">The fields of the form from which it was taken out: what is left is for showing again, and no
/// handler may act on it. Empty where the request was refused as a whole.</param>
internal sealed record UnsoundText(IReadOnlyList<string> Fields);

/// <summary>The request was made to a host name that is not served. A feature of the request.</summary>
/// <param name="Host">The name that was asked for; hostile.</param>
/// <param name="Issuer">Where the provider is.</param>
internal sealed record UnservedHost(string Host, Uri Issuer);
