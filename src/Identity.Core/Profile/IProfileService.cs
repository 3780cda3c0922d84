using Identity.Core.Clients;

namespace Identity.Core.Profile;

/// <summary>The caller that asks for claims.</summary>
public enum ProfileCaller
{
    UserInfo,
    IdToken,
    AccessToken,
}

/// <param name="Scopes">The granted scopes.</param>
/// <param name="RequestedClaims">Claims requested by name: those of API scopes for access tokens, those of the
/// <c>claims</c> parameter elsewhere.</param>
public sealed record ProfileDataRequest(
    SubjectProfile Subject,
    Client Client,
    IReadOnlyCollection<string> Scopes,
    IReadOnlyCollection<string> RequestedClaims,
    ProfileCaller Caller
);

/// <summary> The seam to the protocol engine, in Duende's vocabulary: the claims of a subject for the given scopes and
/// caller. Replace it to add your own claims. There is no method for whether the subject is active: every statement
/// that claims or reads a grant checks that too.
/// </summary>
public interface IProfileService
{
    /// <summary>The claims by name. Values are text, bool, long or <see
    /// cref="System.Text.Json.JsonElement"/>.</summary>
    IReadOnlyDictionary<string, object> GetProfileData(ProfileDataRequest request);
}
