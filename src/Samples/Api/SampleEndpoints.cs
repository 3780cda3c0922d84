using System.Globalization;
using System.Security.Claims;
using Samples.Api.StepUp;

namespace Samples.Api;

/// <summary>The answer of <c>GET /</c>.</summary>
internal sealed record SampleDescription(Uri Authority, string Audience, Uri Metadata);

/// <summary>The endpoints: a description for everybody, <c>/hello</c> with the scope <c>api</c>, and <c>/vault</c>
/// after a second factor and a recent sign-in.</summary>
internal static class SampleEndpoints
{
    public static void MapSampleEndpoints(
        this IEndpointRouteBuilder app,
        SampleDescription description,
        StepUpRequirement stepUp
    )
    {
        app.MapGet(
            "/",
            () =>
                new
                {
                    what = "Sample API. GET /hello with an access token tells you who you are; GET /vault asks for a "
                        + "second factor and a recent sign-in.",
                    issuer = description.Authority.OriginalString,
                    audience = description.Audience,
                    scope = "api",
                    metadata = description.Metadata,
                }
        );
        app.MapGet(
                "/hello",
                (ClaimsPrincipal caller) =>
                    new
                    {
                        hello = caller.FindFirstValue("sub"),
                        client = caller.FindFirstValue("client_id"),
                        scopes = caller.Scopes(),
                        expires = Time(caller, "exp"),
                    }
            )
            .RequireAuthorization("api");
        app.MapGet(
                "/vault",
                (ClaimsPrincipal caller) =>
                    new
                    {
                        treasure = "Only who signed in well and lately sees this.",
                        signed_in = Time(caller, "auth_time"),
                        how = caller.FindFirstValue("acr"),
                    }
            )
            .RequireAuthorization("api")
            .RequireStepUp(stepUp);
    }

    /// <summary>The scopes of a token: one claim with spaces between them (RFC 9068 section 2.2.3).</summary>
    public static string[] Scopes(this ClaimsPrincipal caller) =>
        [.. caller.FindAll("scope").SelectMany(claim => claim.Value.Split(' '))];

    private static DateTimeOffset Time(ClaimsPrincipal caller, string claim) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(caller.FindFirstValue(claim)!, CultureInfo.InvariantCulture));
}
