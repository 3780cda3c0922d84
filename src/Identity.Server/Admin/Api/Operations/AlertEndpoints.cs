using Identity.Core.Administration;
using Identity.Core.Detection;
using Identity.Core.Monitoring;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Operations;

/// <summary>What the operator found or did.</summary>
internal sealed class AcknowledgementBody
{
    public string? Note { get; init; }
}

/// <summary>Alerts, who looks after them, and the figures of the overview.</summary>
internal static class AlertEndpoints
{
    private const int MaxListed = 200;
    private const string One = $"GET {AdminResource.Path}/alerts/{{id}}";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.AlertList, "List alerts, newest first", ListAsync).Gives<ApiPage<Alert>>();
        routes.Map(AdminActions.AlertList, One, "alert.read", "Read an alert", ReadAsync).Gives<Alert>();
        routes
            .Map(AdminActions.AlertAcknowledge, "Look after an alert", AcknowledgeAsync)
            .Takes<AcknowledgementBody>()
            .Gives<Alert>();
        routes
            .Map(AdminActions.OverviewRead, "Read the figures of the service, and sign-ins over time", OverviewAsync)
            .Gives<ServiceState>();
    }

    private static async Task<IResult> OverviewAsync(HttpContext http, ServiceOverview overview, string? span) =>
        span is null || SignInSpan.All.Any(known => known.Name == span)
            ? ApiAnswer.Of(
                http,
                await overview.ReadAsync(http.Caller(), SignInSpan.Find(span), http.RequestAborted),
                static state => ApiAnswer.Ok(state)
            )
            : ApiAnswer.Refuse(http, new AdminOutcome.Invalid("span", "Use hour, day or week."));

    private static async Task<IResult> ListAsync(
        HttpContext http,
        AlertAdministration alerts,
        string? state,
        string? cursor,
        int? limit
    )
    {
        if (FilterOf(state) is not { } filter)
            return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("state", "Use open or closed."));
        var take = ApiRequest.Limit(limit, MaxListed);
        var after = ApiRequest.Place(cursor) is { } place ? new AlertPlace(place.At, place.Id) : null;
        return ApiAnswer.Of(
            http,
            await alerts.ListAsync(http.Caller(), filter, after, take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(
                        read,
                        take,
                        static alert => alert,
                        static alert => [ApiRequest.Text(alert.OpenedAt), alert.Id.ToString("D")]
                    )
                )
        );
    }

    private static async Task<IResult> ReadAsync(HttpContext http, AlertAdministration alerts, Guid id) =>
        ApiAnswer.Of(
            http,
            await alerts.FindAsync(http.Caller(), id, http.RequestAborted),
            static alert => ApiAnswer.Ok(alert)
        );

    private static Task<IResult> AcknowledgeAsync(HttpContext http, AlertAdministration alerts, Guid id) =>
        http.WithBodyAsync<AcknowledgementBody>(async body =>
            ApiAnswer.Of(
                http,
                await alerts.AcknowledgeAsync(
                    http.Caller(),
                    id,
                    body.Note,
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static alert => ApiAnswer.Ok(alert)
            )
        );

    private static AlertFilter? FilterOf(string? state) =>
        state switch
        {
            null => AlertFilter.All,
            "open" => AlertFilter.Open,
            "closed" => AlertFilter.Closed,
            _ => null,
        };
}
