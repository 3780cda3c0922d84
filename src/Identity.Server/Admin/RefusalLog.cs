using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.People;
using Identity.Server.Browser;

namespace Identity.Server.Admin;

// Admin owns what operators use: the console and the API, over the same actions of the rooms of Core, and what both
// write alike. It owns no rule about people or apps, and neither of the two knows the other.

/// <summary>Notes in the audit log that an operator was refused something, in the console or by the API.</summary>
internal sealed class RefusalLog(AuditLog audit)
{
    /// <param name="rule">The permission that is missing, or the rule that refused.</param>
    public Task NoteAsync(HttpContext http, Operator actor, string rule)
    {
        var request = http.ReadRequestContext();
        Dictionary<string, object?> details = new(StringComparer.Ordinal)
        {
            ["rule"] = rule,
            ["method"] = http.Request.Method,
            ["path"] = http.Request.Path.Value,
        };
        if (actor.Kind == OperatorKind.Client)
            details["client_id"] = actor.Id;
        return audit.AppendAsync(
            new(
                AuditEventTypes.AdminRefused,
                AuditStatus.Blocked,
                actor.UserId,
                request.IpAddress,
                request.UserAgent,
                details
            ),
            http.RequestAborted
        );
    }

    /// <summary>Notes each rule that refused a row of a bulk action, once.</summary>
    public async Task NoteAsync(HttpContext http, Operator actor, BulkReport report)
    {
        foreach (var rule in report.Failed.Select(static row => row.Rule).OfType<string>().Distinct())
        {
            if (!PersonRule.ForbidsNothing(rule))
                await NoteAsync(http, actor, rule);
        }
    }
}
