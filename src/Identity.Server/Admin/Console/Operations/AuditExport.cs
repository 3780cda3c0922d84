using Identity.Core.Administration;
using Identity.Core.Audit;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>An answer that is written while the log is read, so that an export of any length needs little
/// memory.</summary>
internal sealed class AuditExport(AuditSearch search, Operator actor, AuditFilter filter, RequestContext from, bool csv)
    : ActionResult
{
    /// <inheritdoc />
    public override async Task ExecuteResultAsync(ActionContext context)
    {
        var http = context.HttpContext;
        http.Response.ContentType = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit.{(csv ? "csv" : "ndjson")}\"";
        http.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        await using StreamWriter writer = new(http.Response.Body, leaveOpen: true);
        AuditExportWriter export = new(writer, csv);
        await export.BeginAsync();
        await search.ExportAsync(actor, filter, from, export.WriteAsync, http.RequestAborted);
    }
}
