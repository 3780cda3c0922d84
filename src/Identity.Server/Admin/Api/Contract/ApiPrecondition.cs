using System.Globalization;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>Whoever changes something says which version of it they saw (RFC 6585 section 3), so that nobody overwrites
/// what they have not read.</summary>
internal static class ApiPrecondition
{
    /// <summary>Hands the version of <c>If-Match</c> to a handler; 428 where there is none.</summary>
    public static Task<IResult> WithVersionAsync(this HttpContext http, Func<string, Task<IResult>> handle) =>
        ApiRequest.Version(http) is { } version ? handle(version) : Task.FromResult(Required());

    /// <summary>The same for versions that are numbers.</summary>
    /// <param name="creates">Whether <c>If-None-Match: *</c> stands for version 0: it does not exist yet.</param>
    public static Task<IResult> WithNumberAsync(
        this HttpContext http,
        Func<long, Task<IResult>> handle,
        bool creates = false
    )
    {
        if (creates && http.Request.Headers.IfNoneMatch is ["*"])
            return handle(0);
        // A tag that is none of ours is the version of nothing.
        return http.WithVersionAsync(text =>
            handle(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)
        );
    }

    /// <summary>The number of <c>If-Match</c>, where it may be left out.</summary>
    public static long? Number(HttpContext http) =>
        http.Request.Headers.IfMatch.Count == 0 ? null
        : long.TryParse(ApiRequest.Version(http), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
        : -1;

    /// <summary>The text of <c>If-Match</c>, where it may be left out. A tag that is none of ours is the version of
    /// nothing.</summary>
    public static string? Text(HttpContext http) =>
        http.Request.Headers.IfMatch.Count == 0 ? null : ApiRequest.Version(http) ?? string.Empty;

    private static IResult Required() =>
        ApiProblem.Of(
            StatusCodes.Status428PreconditionRequired,
            "precondition_required",
            "Send the ETag that you read, as If-Match."
        );
}
