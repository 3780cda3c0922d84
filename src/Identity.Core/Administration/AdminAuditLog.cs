using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Administration;

/// <summary>The one way an administrative action is audited: who did it, through which channel, to whom, and what
/// changed. Secrets are never recorded.</summary>
public sealed class AdminAuditLog(AuditLog audit)
{
    /// <summary>Appends in the transaction of the change.</summary>
    /// <param name="userId">The person it concerns; null if none.</param>
    /// <param name="details">What changed: old and new, a note, names and ids.</param>
    public Task AppendAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        Guid? userId,
        RequestContext request,
        IReadOnlyDictionary<string, object?> details,
        CancellationToken cancellationToken
    )
    {
        var type =
            action.EventType ?? throw new ArgumentException($"The action {action} changes nothing.", nameof(action));
        Dictionary<string, object?> all = new(StringComparer.Ordinal)
        {
            ["action"] = action.Name,
            ["by"] = Text(actor.Kind),
            ["actor"] = actor.Id,
        };
        if (actor.SessionId is { } session)
            all["actor_session"] = session;
        if (actor.Bulk is { } bulk)
            all["bulk"] = bulk;
        foreach (var (name, value) in details)
            all[name] = value;
        return audit.AppendAsync(
            transaction,
            new(type, AuditStatus.Success, userId, request.IpAddress, request.UserAgent, all),
            cancellationToken
        );
    }

    private static string Text(OperatorKind kind) =>
        kind switch
        {
            OperatorKind.Person => "person",
            OperatorKind.Client => "client",
            OperatorKind.Command => "command",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
}
