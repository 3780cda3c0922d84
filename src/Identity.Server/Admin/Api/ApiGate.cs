using System.Globalization;
using System.Threading.RateLimiting;
using Identity.Core.Administration;
using Identity.Core.Sessions;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api;

// Api owns the administration API, /api/v1. Its rules are those of the rooms: an endpoint reads a request, asks one
// action of a room, and writes the answer. It decides who comes in, and nothing else. Contract owns what all endpoints
// have in common: JSON, problems, versions, cursors, idempotency keys.
//
// Adding an endpoint: give the action its face in AdminActions, map it by ApiRoutes, and generate docs/openapi.json and
// docs/api.md again (ApiDocumentTests).

/// <summary>
/// Who may call an endpoint of the API: whoever has an access token of ours for this API with the scope of the
/// endpoint's permission. A person may do no more than their roles allow at this moment. No cookie is looked at, and no
/// script of a web page may read an answer: the API sends no CORS header.
/// </summary>
internal sealed class ApiGate(
    RequestDelegate next,
    IBearerTokens tokens,
    OperatorReader operators,
    ApiLimits limits,
    IConfiguration configuration,
    IHostEnvironment environment
)
{
    private readonly string _resource = AdminResource.Of(configuration);

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ApiAction>() is not { Action: var action })
        {
            await next(http);
            return;
        }
        http.Response.Headers.CacheControl = "no-store";
        if (await JudgeAsync(http, action) is { } refusal)
            await refusal.ExecuteAsync(http);
        else
            await next(http);
    }

    private async Task<IResult?> JudgeAsync(HttpContext http, AdminAction action)
    {
        var reading = await tokens.ReadAsync(http, _resource);
        if (reading is BearerReading.Refused refused)
        {
            ApiChallenge.Write(http, refused.Challenges, action.Permission.Scope);
            return refused.Error == "invalid_request"
                ? ApiProblem.Of(StatusCodes.Status400BadRequest, refused.Error, refused.Text)
                : ApiProblem.Of(StatusCodes.Status401Unauthorized, refused.Error ?? "missing_token", refused.Text);
        }
        var token = (BearerReading.Accepted)reading;
        using var lease = limits.Take($"{token.ClientId}\n{token.UserId}");
        if (!lease.IsAcquired)
            return TooMany(http, lease);
        if (token.UserId is not null && !token.Amr.Contains("mfa") && !environment.IsDevelopment())
            return SecondFactor(http);
        if (await OperatorOfAsync(token, http.RequestAborted) is not { } caller)
            return Forbidden(http, action);
        http.Features.Set(caller);
        return AdminRules.Require(caller, action.Permission) is { } missing ? ApiAnswer.Refuse(http, missing) : null;
    }

    private async Task<Operator?> OperatorOfAsync(BearerReading.Accepted token, CancellationToken cancellationToken) =>
        token.UserId is { } user
            ? (await operators.OfPersonAsync(user, token.SessionId, token.AuthTime, cancellationToken))?.LimitedTo(
                token.Scopes
            )
            : operators.OfClient(token.ClientId, token.Scopes);

    private static IResult TooMany(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return ApiProblem.Of(
            StatusCodes.Status429TooManyRequests,
            "too_many_requests",
            "This client has sent as many requests as it may. Wait a little."
        );
    }

    // RFC 9470: the client sends its person to sign in with both factors.
    private static IResult SecondFactor(HttpContext http)
    {
        const string Text = "Sign in with a second factor to administer.";
        ApiChallenge.Write(
            http,
            "insufficient_user_authentication",
            Text,
            "acr_values",
            AuthenticationContext.TwoFactors
        );
        return ApiProblem.Of(StatusCodes.Status401Unauthorized, "second_factor", Text);
    }

    private static IResult Forbidden(HttpContext http, AdminAction action)
    {
        const string Text = "This token allows nothing here.";
        ApiChallenge.Write(http, "insufficient_scope", Text, "scope", action.Permission.Scope);
        return ApiProblem.Of(StatusCodes.Status403Forbidden, action.Permission.Name, Text);
    }
}
