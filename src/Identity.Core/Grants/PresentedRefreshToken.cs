using Npgsql;

namespace Identity.Core.Grants;

/// <summary>A refresh token that could not be claimed, with the reason.</summary>
internal sealed record PresentedRefreshToken(
    TokenGrant Grant,
    Guid FamilySession,
    bool OfClient,
    bool Used,
    bool SuccessorUnused,
    bool WithinGrace,
    bool FamilyEnded,
    bool Expired,
    bool SessionLive,
    bool Proved,
    bool ScopesGranted,
    bool OwnsSession,
    byte[]? Successor
)
{
    public static PresentedRefreshToken Read(NpgsqlDataReader row)
    {
        var (grant, next) = GrantRow.Read(row);
        return new(
            grant,
            row.GetGuid(next),
            row.GetBoolean(next + 1),
            row.GetBoolean(next + 2),
            row.GetBoolean(next + 3),
            row.GetBoolean(next + 4),
            row.GetBoolean(next + 5),
            row.GetBoolean(next + 6),
            row.GetBoolean(next + 7),
            row.GetBoolean(next + 8),
            row.GetBoolean(next + 9),
            row.GetBoolean(next + 10),
            row.IsDBNull(next + 11) ? null : row.GetFieldValue<byte[]>(next + 11)
        );
    }
}
