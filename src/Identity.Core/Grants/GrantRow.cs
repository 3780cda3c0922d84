using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Profile;
using Npgsql;

namespace Identity.Core.Grants;

/// <summary>Reads a <see cref="TokenGrant"/>: the columns of the profile, then family, session, client, scopes and
/// details.</summary>
internal static class GrantRow
{
    /// <summary>The grant, and the number of the next column.</summary>
    public static (TokenGrant Grant, int Next) Read(NpgsqlDataReader row)
    {
        const int first = SubjectProfileColumns.Count;
        var details = GrantDetails.FromJson(row.GetString(first + 4));
        var grant = new TokenGrant
        {
            Subject = SubjectProfileColumns.Read(row),
            FamilyId = row.GetGuid(first),
            SessionId = details.Sid ?? row.GetGuid(first + 1),
            ClientId = row.GetString(first + 2),
            Scopes = row.GetFieldValue<string[]>(first + 3),
            Details = details,
        };
        return (grant, first + 5);
    }
}

/// <summary>The content of <c>idp.grants.data</c> for a code.</summary>
internal sealed record CodeData(string RedirectUri, string? CodeChallenge, string? Nonce, GrantDetails Details)
{
    public static string ToJson(CodeRequest request) =>
        JsonSerializer.Serialize(
            new CodeData(request.RedirectUri, request.CodeChallenge, request.Nonce, request.Details),
            GrantDetails.Json
        );
}

/// <summary>Audit rows of this room.</summary>
internal static class GrantAudit
{
    public static AuditEvent Event(
        string type,
        AuditStatus status,
        Guid? userId,
        RequestContext? request,
        params (string Name, object? Value)[] details
    ) =>
        new(
            type,
            status,
            userId,
            request?.IpAddress,
            request?.UserAgent,
            details.ToDictionary(detail => detail.Name, detail => detail.Value)
        );

    /// <summary>Address and user agent as parameters of a statement that writes its own audit row.</summary>
    public static (object Ip, object UserAgent) Origin(RequestContext? request) =>
        (SqlNull.Inet(request?.IpAddress), SqlNull.Text(AuditLog.CutUserAgent(request?.UserAgent)));
}
