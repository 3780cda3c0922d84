using System.Globalization;
using System.Security.Claims;
using Samples.Api.Dpop;

namespace Samples.Api.StepUp;

/// <summary> What an endpoint requires of the sign-in behind a token (RFC 9470): its context and its maximum age. A
/// refused client sends the person to sign in again, with <c>acr_values</c> and <c>max_age</c>, and returns with a
/// better token.
/// </summary>
/// <param name="AcrValues">The accepted authentication contexts; empty for any.</param>
/// <param name="MaxAge">How old the sign-in may be; null for any age.</param>
public sealed record StepUpRequirement(IReadOnlyList<string> AcrValues, TimeSpan? MaxAge)
{
    /// <summary>Whether the claims <c>acr</c> and <c>auth_time</c> of the token (RFC 9068 section 2.2.1) are
    /// enough.</summary>
    public bool IsMetBy(ClaimsPrincipal caller, DateTimeOffset now) =>
        (AcrValues.Count == 0 || AcrValues.Contains(caller.FindFirstValue("acr"), StringComparer.Ordinal))
        && (
            MaxAge is not { } most
            || (
                long.TryParse(caller.FindFirstValue("auth_time"), CultureInfo.InvariantCulture, out var authTime)
                && now - DateTimeOffset.FromUnixTimeSeconds(authTime) <= most
            )
        );
}

/// <summary>Adds the requirement to an endpoint.</summary>
public static class StepUpChallenge
{
    /// <summary>Answers 401 with <c>insufficient_user_authentication</c> (RFC 9470 section 3) if the sign-in is not
    /// sufficient.</summary>
    public static RouteHandlerBuilder RequireStepUp(this RouteHandlerBuilder endpoint, StepUpRequirement requirement) =>
        endpoint.AddEndpointFilter(
            async (context, next) =>
            {
                var http = context.HttpContext;
                if (requirement.IsMetBy(http.User, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()))
                    return await next(context);
                var acrValues =
                    requirement.AcrValues.Count > 0
                        ? $"""acr_values="{string.Join(' ', requirement.AcrValues)}", """
                        : "";
                var maxAge = requirement.MaxAge is { } most
                    ? string.Create(CultureInfo.InvariantCulture, $"""max_age="{(long)most.TotalSeconds}", """)
                    : "";
                http.Response.Headers.WWWAuthenticate =
                    $"{DpopJwtBearer.SchemeOf(http.Request)} error=\"insufficient_user_authentication\", "
                    + "error_description=\"A stronger or more recent sign-in is needed.\", "
                    + $"{acrValues}{maxAge}{DpopJwtBearer.Metadata(http)}";
                return Results.StatusCode(StatusCodes.Status401Unauthorized);
            }
        );
}
