using System.Text.Json;
using Npgsql;

namespace Identity.Core.Profile;

/// <summary>Returns the claims of the granted scopes and of claim mappings; nothing else (TK-4).</summary>
public sealed class ProfileService(ClaimMappings mappings) : IProfileService
{
    public IReadOnlyDictionary<string, object> GetProfileData(ProfileDataRequest request)
    {
        // The claims of scopes go to the userinfo endpoint (OIDC Core section 5.4), and into the ID token if the client
        // is set so; elsewhere only claims that were requested by name.
        var byScope =
            request.Caller == ProfileCaller.UserInfo
            || (request.Caller == ProfileCaller.IdToken && request.Client.UserClaimsInIdToken)
                ? request.Scopes.SelectMany(ScopeClaims.Of)
            : request.Caller == ProfileCaller.IdToken ? request.Scopes.SelectMany(ScopeClaims.OfInIdToken)
            : [];
        Dictionary<string, object> claims = new(StringComparer.Ordinal);
        foreach (var name in byScope.Concat(request.RequestedClaims))
        {
            if (ScopeClaims.Read(request.Subject, request.Client.Id, name) is { } value)
                claims[name] = value;
        }
        foreach (var mapping in mappings.For(request))
        {
            if (mapping.Read(request.Subject, request.Client.Id) is { } value)
                claims[mapping.Claim] = value;
        }
        return claims;
    }
}

/// <summary>The columns of a <see cref="SubjectProfile"/>. Statements that need one use the alias <c>u</c> and select
/// these columns first.</summary>
public static class SubjectProfileColumns
{
    public const string Select =
        "u.id, u.email, u.email_verified, u.name, u.given_name, u.family_name, u.middle_name, u.nickname, "
        + "u.preferred_username, u.profile, u.picture, u.website, "
        + "u.gender, u.birthdate, u.zoneinfo, u.locale, u.phone_number, u.phone_number_verified, u.address, "
        + "u.updated_at, "
        + SubjectEntitlements.Select;

    /// <summary>The number of columns; the statement's own follow.</summary>
    public const int Count = 21;

    public static SubjectProfile Read(NpgsqlDataReader row) =>
        new()
        {
            Id = row.GetGuid(0),
            Email = row.GetString(1),
            EmailVerified = row.GetBoolean(2),
            Name = Text(row, 3),
            GivenName = Text(row, 4),
            FamilyName = Text(row, 5),
            MiddleName = Text(row, 6),
            Nickname = Text(row, 7),
            PreferredUsername = Text(row, 8),
            Profile = Text(row, 9),
            Picture = Text(row, 10),
            Website = Text(row, 11),
            Gender = Text(row, 12),
            Birthdate = Text(row, 13),
            Zoneinfo = Text(row, 14),
            Locale = Text(row, 15),
            PhoneNumber = Text(row, 16),
            PhoneNumberVerified = row.GetBoolean(17),
            Address = Text(row, 18) is { } json ? JsonElement.Parse(json) : null,
            UpdatedAt = row.GetFieldValue<DateTimeOffset>(19),
            Entitlements = Text(row, 20) is { } entitlements
                ? SubjectEntitlements.Read(entitlements)
                : SubjectEntitlements.None,
        };

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
