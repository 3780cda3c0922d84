using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.Webhooks;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Operations;

/// <summary>Which system is told, and of what.</summary>
internal sealed class WebhookBody
{
    /// <summary>An https address.</summary>
    public required string Url { get; init; }

    public string? Description { get; init; }

    /// <summary>Names of events; without any, all are sent.</summary>
    public IReadOnlyList<string>? EventTypes { get; init; }
}

/// <summary>Whether events are sent. What waits for a paused webhook is given up.</summary>
internal sealed class WebhookStateBody
{
    public required bool IsEnabled { get; init; }
}

/// <summary>The events that are sent again.</summary>
internal sealed class WebhookReplayBody
{
    /// <summary>Inclusive.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Exclusive; without it, until now.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>What the receiver answered to a test event.</summary>
/// <param name="Status">The HTTP status; absent if there was no answer.</param>
internal sealed record WebhookTestView(bool Acknowledged, int? Status, string? Error);

/// <summary>Webhooks, and what was sent to them.</summary>
internal static class WebhookEndpoints
{
    private const int MaxListed = 200;
    private const string Webhooks = $"{AdminResource.Path}/webhooks/";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.WebhookList, "List webhooks", ListAsync).Gives<IReadOnlyList<WebhookEndpoint>>();
        routes
            .Map(AdminActions.WebhookList, $"GET {Webhooks}events", "webhook.events", "List events", EventsAsync)
            .Gives<IReadOnlyList<string>>();
        routes
            .Map(AdminActions.WebhookList, $"GET {Webhooks}{{id}}", "webhook.read", "Read a webhook", ReadAsync)
            .Gives<WebhookEndpoint>();
        routes
            .Map(AdminActions.WebhookDeliveries, "List deliveries, newest first", DeliveriesAsync)
            .Gives<ApiPage<WebhookLedgerEntry>>();
        routes.Map(AdminActions.WebhookCreate, "Add a webhook", AddAsync).Takes<WebhookBody>().Makes<WebhookSecret>();
        routes
            .Map(AdminActions.WebhookEdit, "Change a webhook's address, description and events", EditAsync)
            .Takes<WebhookBody>()
            .GivesNothing();
        routes
            .Map(AdminActions.WebhookChange, "Pause or resume a webhook", ChangeAsync)
            .Takes<WebhookStateBody>()
            .GivesNothing();
        routes.Map(AdminActions.WebhookRemove, "Remove a webhook", RemoveAsync).GivesNothing();
        routes.Map(AdminActions.WebhookRotate, "Make a new secret", RotateAsync).Makes<WebhookSecret>();
        routes.Map(AdminActions.WebhookTest, "Send a test event", TestAsync).Gives<WebhookTestView>();
        routes
            .Map(AdminActions.WebhookReplay, "Send events again", ReplayAsync)
            .Takes<WebhookReplayBody>()
            .Gives<RetriedView>();
    }

    private static async Task<IResult> ListAsync(HttpContext http, WebhookAdministration webhooks) =>
        ApiAnswer.Of(
            http,
            await webhooks.ListAsync(http.Caller(), http.RequestAborted),
            static all => ApiAnswer.Ok(all)
        );

    private static async Task<IResult> EventsAsync(HttpContext http, WebhookLedger ledger) =>
        ApiAnswer.Ok(await ledger.EventTypesAsync(http.RequestAborted));

    private static async Task<IResult> ReadAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        ApiAnswer.Of(
            http,
            await webhooks.FindAsync(http.Caller(), id, http.RequestAborted),
            static one => ApiAnswer.Ok(one)
        );

    private static async Task<IResult> DeliveriesAsync(
        HttpContext http,
        WebhookAdministration webhooks,
        Guid id,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, MaxListed);
        return ApiAnswer.Of(
            http,
            await webhooks.DeliveriesAsync(http.Caller(), id, PlaceOf(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(
                        read,
                        take,
                        static one => one,
                        static one => [ApiRequest.Text(one.CreatedAt), one.Id.ToString("D")]
                    )
                )
        );
    }

    private static Task<IResult> AddAsync(HttpContext http, WebhookAdministration webhooks) =>
        http.WithBodyAsync<WebhookBody>(async body =>
            ApiAnswer.Of(
                http,
                await webhooks.AddAsync(http.Caller(), Draft(body), http.ReadRequestContext(), http.RequestAborted),
                static made => ApiAnswer.Created(Webhooks + made.Id, made)
            )
        );

    private static Task<IResult> EditAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        http.WithBodyAsync<WebhookBody>(body =>
            http.ActAsync((actor, from, cancel) => webhooks.EditAsync(actor, id, Draft(body), from, cancel))
        );

    private static WebhookDraft Draft(WebhookBody body) => new(body.Url, body.Description, body.EventTypes ?? []);

    private static Task<IResult> ChangeAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        http.WithBodyAsync<WebhookStateBody>(body =>
            http.ActAsync((actor, from, cancel) => webhooks.EnableAsync(actor, id, body.IsEnabled, from, cancel))
        );

    private static Task<IResult> RemoveAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        http.ActAsync((actor, from, cancel) => webhooks.RemoveAsync(actor, id, from, cancel));

    private static async Task<IResult> RotateAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        ApiAnswer.Of(
            http,
            await webhooks.RotateAsync(http.Caller(), id, http.ReadRequestContext(), http.RequestAborted),
            static made => ApiAnswer.Created(Webhooks + made.Id, made)
        );

    private static async Task<IResult> TestAsync(HttpContext http, WebhookAdministration webhooks, Guid id) =>
        ApiAnswer.Of(
            http,
            await webhooks.TestAsync(http.Caller(), id, http.ReadRequestContext(), http.RequestAborted),
            static answer => ApiAnswer.Ok(new WebhookTestView(answer.IsAcknowledged, answer.Status, answer.Error))
        );

    private static Task<IResult> ReplayAsync(
        HttpContext http,
        WebhookAdministration webhooks,
        TimeProvider time,
        Guid id
    ) =>
        http.WithBodyAsync<WebhookReplayBody>(async body =>
            ApiAnswer.Of(
                http,
                await webhooks.ReplayAsync(
                    http.Caller(),
                    id,
                    body.From,
                    body.Until ?? time.GetUtcNow(),
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static count => ApiAnswer.Ok(new RetriedView(count))
            )
        );

    private static ListPlace? PlaceOf(string? cursor) =>
        ApiRequest.Place(cursor) is { } place ? new ListPlace(place.At, place.Id) : null;
}
