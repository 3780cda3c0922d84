using Identity.Core.Clients;

namespace Identity.Core.Profile;

/// <summary>Who asks for claims.</summary>
public enum ProfileCaller
{
    UserInfo,
    IdToken,
    AccessToken,
}

/// <param name="Scopes">The scopes that were granted.</param>
/// <param name="RequestedClaims">Claims asked for by name: those of API scopes for access tokens, those of the
/// <c>claims</c> parameter elsewhere.</param>
public sealed record ProfileDataRequest(
    SubjectProfile Subject,
    Client Client,
    IReadOnlyCollection<string> Scopes,
    IReadOnlyCollection<string> RequestedClaims,
    ProfileCaller Caller
);

/// <summary>
/// The seam towards the protocol engine, in Duende's vocabulary: the claims of a subject for the scopes and caller at
/// hand. Replace it to add claims of your own. Whether the subject is still active is no question of its own: every
/// statement that claims or reads a grant asks it with the grant.
/// </summary>
public interface IProfileService
{
    /// <summary>The claims to hand out, by name. Values are text, bool, long or
    /// <see cref="System.Text.Json.JsonElement"/>.</summary>
    IReadOnlyDictionary<string, object> GetProfileData(ProfileDataRequest request);
}
