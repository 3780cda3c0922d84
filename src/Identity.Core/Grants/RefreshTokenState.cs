using Npgsql;

namespace Identity.Core.Grants;

/// <summary>The introspection result of a refresh token (RFC 7662).</summary>
/// <param name="SessionId">As in <see cref="TokenGrant.SessionId"/>.</param>
/// <param name="IsActive">Whether it would be accepted now.</param>
public sealed record RefreshTokenState(
    string ClientId,
    Guid UserId,
    Guid SessionId,
    Guid FamilyId,
    IReadOnlyList<string> Scopes,
    GrantDetails Details,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    bool IsActive
)
{
    internal static RefreshTokenState Read(NpgsqlDataReader row)
    {
        var details = GrantDetails.FromJson(row.GetString(5));
        return new(
            row.GetString(0),
            row.GetGuid(1),
            details.Sid ?? row.GetGuid(2),
            row.GetGuid(3),
            row.GetFieldValue<string[]>(4),
            details,
            row.GetFieldValue<DateTimeOffset>(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetBoolean(8)
        );
    }
}
