using Identity.Core.Administration;
using Identity.Core.Keys;
using Identity.Core.Logout;
using Identity.Core.Mail;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Api.Operations;

/// <summary>How keys are rotated.</summary>
internal sealed class KeyRotationBody
{
    /// <summary>Of which algorithm; without it, of every one in use.</summary>
    public string? Algorithm { get; init; }

    /// <summary>Whether the successor signs at once. Clients that cache the key set fail until they fetch it
    /// again.</summary>
    public bool? Activate { get; init; }
}

/// <summary>A key that signs no more.</summary>
/// <param name="Successor">The key that signs from now on, where one had to be made or brought forward.</param>
internal sealed record RetiredKeyView(string? Successor);

/// <summary>Where a test mail goes; without an address the server is tried without a mail.</summary>
internal sealed class MailTestBody
{
    public string? Address { get; init; }
}

/// <summary>What trying the mail server found.</summary>
/// <param name="Result"><c>works</c>, <c>not_set</c> or <c>fails</c>.</param>
internal sealed record MailTestView(string Result, string? Reason);

/// <summary>How many.</summary>
internal sealed record RetriedView(int Count);

/// <summary>Keys, mail and logout messages.</summary>
internal static class OperationEndpoints
{
    private const int MaxListed = 200;

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.KeyList, "List signing keys", KeysAsync).Gives<IReadOnlyList<SigningKeyDescription>>();
        routes
            .Map(AdminActions.KeyRotate, "Make successors of signing keys", RotateAsync)
            .Takes<KeyRotationBody>()
            .Gives<IReadOnlyList<SigningKeyDescription>>();
        routes.Map(AdminActions.KeyRetire, "Stop a key from signing", RetireAsync).Gives<RetiredKeyView>();
        routes.Map(AdminActions.MailList, "List mails, newest first", MailsAsync).Gives<ApiPage<MailLedgerEntry>>();
        routes.Map(AdminActions.MailRetry, "Try every mail that waits", RetryMailAsync).Gives<RetriedView>();
        routes
            .Map(AdminActions.MailTest, "Try the mail server", TestMailAsync)
            .Takes<MailTestBody>()
            .Gives<MailTestView>();
        routes
            .Map(AdminActions.DeliveryList, "List logout messages, newest first", DeliveriesAsync)
            .Gives<ApiPage<LogoutLedgerEntry>>();
        routes.Map(AdminActions.DeliveryRetry, "Try a logout message again", RetryDeliveryAsync).GivesNothing();
    }

    private static async Task<IResult> KeysAsync(HttpContext http, SigningKeyAdministration keys) =>
        ApiAnswer.Of(http, await keys.ListAsync(http.Caller(), http.RequestAborted), static all => ApiAnswer.Ok(all));

    private static Task<IResult> RotateAsync(HttpContext http, SigningKeyAdministration keys) =>
        http.WithBodyAsync<KeyRotationBody>(async body =>
            ApiAnswer.Of(
                http,
                await keys.RotateAsync(
                    http.Caller(),
                    body.Algorithm,
                    body.Activate ?? false,
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static made => ApiAnswer.Ok(made)
            )
        );

    private static async Task<IResult> RetireAsync(
        HttpContext http,
        SigningKeyAdministration keys,
        string id,
        bool? remove
    ) =>
        ApiAnswer.Of(
            http,
            await keys.RetireAsync(http.Caller(), id, remove ?? false, http.ReadRequestContext(), http.RequestAborted),
            static retired => ApiAnswer.Ok(new RetiredKeyView(retired.Successor))
        );

    private static async Task<IResult> MailsAsync(
        HttpContext http,
        MailAdministration mail,
        MailState? state,
        Guid? user,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, MaxListed);
        return ApiAnswer.Of(
            http,
            await mail.ListAsync(http.Caller(), new(state, user), Before(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(read, take, static one => one, static one => [ApiRequest.Text(one.CreatedAt)])
                )
        );
    }

    private static async Task<IResult> RetryMailAsync(HttpContext http, MailAdministration mail) =>
        ApiAnswer.Of(
            http,
            await mail.RetryAsync(http.Caller(), http.ReadRequestContext(), http.RequestAborted),
            static count => ApiAnswer.Ok(new RetriedView(count))
        );

    private static Task<IResult> TestMailAsync(HttpContext http, MailAdministration mail) =>
        http.WithBodyAsync<MailTestBody>(async body =>
            ApiAnswer.Of(
                http,
                await mail.TestAsync(http.Caller(), body.Address, http.ReadRequestContext(), http.RequestAborted),
                static result =>
                    ApiAnswer.Ok(
                        result switch
                        {
                            MailServerResult.Works => new MailTestView("works", null),
                            MailServerResult.Fails fails => new MailTestView("fails", fails.Reason),
                            _ => new MailTestView("not_set", null),
                        }
                    )
            )
        );

    private static async Task<IResult> DeliveriesAsync(
        HttpContext http,
        LogoutDeliveryAdministration deliveries,
        string? client,
        Guid? user,
        Guid? session,
        [FromQuery(Name = "only_waiting")] bool? onlyWaiting,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, MaxListed);
        return ApiAnswer.Of(
            http,
            await deliveries.ListAsync(
                http.Caller(),
                new(client, user, session, onlyWaiting ?? false),
                Before(cursor),
                take + 1,
                http.RequestAborted
            ),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(read, take, static one => one, static one => [ApiRequest.Text(one.CreatedAt)])
                )
        );
    }

    private static Task<IResult> RetryDeliveryAsync(
        HttpContext http,
        LogoutDeliveryAdministration deliveries,
        Guid id
    ) => http.ActAsync((actor, from, cancel) => deliveries.RetryAsync(actor, id, from, cancel));

    private static DateTimeOffset? Before(string? cursor) =>
        ApiRequest.Parts(cursor) is [var at] ? ApiRequest.Moment(at) : null;
}
