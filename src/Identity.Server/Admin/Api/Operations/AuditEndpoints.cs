using System.Net;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Denials;
using Identity.Core.People;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Api.Operations;

/// <summary>An event of the audit log.</summary>
internal sealed record AuditView(
    Guid Id,
    DateTimeOffset CreatedAt,
    string Type,
    string Status,
    Guid? UserId,
    string? IpAddress,
    string? UserAgent,
    JsonElement Details
)
{
    public static AuditView Of(AuditEntry entry) =>
        new(
            entry.Id,
            entry.CreatedAt,
            entry.Type,
            entry.Status,
            entry.UserId,
            entry.IpAddress?.ToString(),
            entry.UserAgent,
            JsonElement.Parse(entry.DetailsJson)
        );
}

/// <summary>What happened, and what was refused.</summary>
internal static class AuditEndpoints
{
    private const string OfPerson = $"GET {AdminResource.Path}/users/{{id}}/activity";

    /// <summary>Which events are meant, as the query has it.</summary>
    internal sealed record Query(
        [FromQuery(Name = "user")] Guid? User,
        [FromQuery(Name = "type")] string? Type,
        [FromQuery(Name = "status")] string? Status,
        [FromQuery(Name = "ip")] string? Ip,
        [FromQuery(Name = "from")] DateTimeOffset? From,
        [FromQuery(Name = "until")] DateTimeOffset? Until
    );

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.AuditList, "Read the audit log, newest first", ListAsync).Gives<ApiPage<AuditView>>();
        routes
            .Map(AdminActions.AuditList, OfPerson, "user.activity", "What happened to a person", ActivityAsync)
            .Gives<ApiPage<AuditView>>();
        routes
            .Map(AdminActions.AuditExport, "Export the audit log as NDJSON or CSV, oldest first", ExportAsync)
            .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson", "text/csv");
        routes
            .Map(AdminActions.AuditVerify, "Recompute the seals of the audit log", VerifyAsync)
            .Gives<AuditVerification>();
        routes
            .Map(AdminActions.DenialList, "List refused requests of three days", DenialsAsync)
            .Gives<ApiPage<DeniedRequest>>();
        routes.Map(AdminActions.DenialRead, "Read why a request was refused", DenialAsync).Gives<DeniedRequest>();
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        AuditSearch search,
        [AsParameters] Query query,
        string? cursor,
        int? limit
    )
    {
        if (FilterOf(query) is not { } filter)
            return BadAddress(http);
        var take = ApiRequest.Limit(limit, AuditSearch.MaxListed - 1);
        return ApiAnswer.Of(
            http,
            await search.PageAsync(http.Caller(), filter, ApiRequest.Place(cursor), take + 1, http.RequestAborted),
            read => ApiAnswer.Ok(PageOf(read, take))
        );
    }

    private static async Task<IResult> ActivityAsync(
        HttpContext http,
        PersonReader reader,
        Guid id,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, AuditSearch.MaxListed - 1);
        return ApiAnswer.Of(
            http,
            await reader.ActivityAsync(http.Caller(), id, ApiRequest.Place(cursor), take + 1, http.RequestAborted),
            read => ApiAnswer.Ok(PageOf(read, take))
        );
    }

    private static IResult ExportAsync(
        HttpContext http,
        AuditSearch search,
        [AsParameters] Query query,
        string? format
    ) =>
        FilterOf(query) is not { } filter ? BadAddress(http)
        : format is null or "ndjson" or "csv" ? new Export(search, filter, format == "csv")
        : ApiAnswer.Refuse(http, new AdminOutcome.Invalid("format", "Use ndjson or csv."));

    // A long log takes longer than a request may.
    private static async Task<IResult> VerifyAsync(HttpContext http, AuditSearch search, DateTimeOffset? since)
    {
        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        return ApiAnswer.Of(
            http,
            await search.VerifyAsync(http.Caller(), since?.ToUniversalTime(), http.RequestAborted),
            static verification => ApiAnswer.Ok(verification)
        );
    }

    private static async Task<IResult> DenialsAsync(
        HttpContext http,
        DenialAdministration denials,
        string? client,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, DenialAdministration.MaxListed - 1);
        var before = ApiRequest.Parts(cursor) is [var at] ? ApiRequest.Moment(at) : null;
        return ApiAnswer.Of(
            http,
            await denials.ListAsync(http.Caller(), client, before, take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(read, take, static denial => denial, static denial => [ApiRequest.Text(denial.At)])
                )
        );
    }

    private static async Task<IResult> DenialAsync(HttpContext http, DenialAdministration denials, string id) =>
        ApiAnswer.Of(
            http,
            await denials.FindAsync(http.Caller(), id, http.RequestAborted),
            static denial => ApiAnswer.Ok(denial)
        );

    private static ApiPage<AuditView> PageOf(IReadOnlyList<AuditEntry> read, int take) =>
        ApiRequest.Page(
            read,
            take,
            AuditView.Of,
            static entry => [ApiRequest.Text(entry.CreatedAt), entry.Id.ToString("D")]
        );

    private static AuditFilter? FilterOf(Query query)
    {
        IPAddress? address = null;
        return query.Ip is null || IPAddress.TryParse(query.Ip, out address)
            ? new(query.User, query.Type, query.Status, address, query.From, query.Until)
            : null;
    }

    private static IResult BadAddress(HttpContext http) =>
        ApiAnswer.Refuse(http, new AdminOutcome.Invalid("ip", "is not an IP address."));

    // Written while the log is read: an export of any length takes no memory.
    private sealed class Export(AuditSearch search, AuditFilter filter, bool csv) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
            httpContext.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            await using StreamWriter writer = new(httpContext.Response.Body, leaveOpen: true);
            AuditExportWriter export = new(writer, csv);
            await export.BeginAsync();
            await search.ExportAsync(
                httpContext.Caller(),
                filter,
                httpContext.ReadRequestContext(),
                export.WriteAsync,
                httpContext.RequestAborted
            );
        }
    }
}
