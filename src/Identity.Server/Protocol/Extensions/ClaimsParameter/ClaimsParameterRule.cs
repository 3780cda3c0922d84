using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Server.Protocol.Denials;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Extensions.ClaimsParameter;

/// <summary>A malformed <c>claims</c> parameter is an error (OIDC Core 5.5): a client with an essential claim must not
/// get an answer without it.</summary>
internal sealed class ClaimsParameterRule(SubjectIdentifiers subjects)
{
    private const string Rule = "ValidateClaimsParameter";

    /// <summary>Null for a request that may continue.</summary>
    /// <param name="text">The parameter as received; null without one.</param>
    public Denial? Check(Client client, string? text)
    {
        if (text is null)
            return null;
        if (ClaimsRequest.Read(text) is not { } claims || !GrantDetails.TryReadJson(text, out _))
            return new(
                Rule,
                Errors.InvalidRequest,
                "The claims parameter is not the JSON object of OIDC Core 5.5.",
                "an object with userinfo and id_token",
                $"{text.Length} characters"
            );
        // No person has this subject, so the request is refused before anyone signs in.
        return claims.Subject is { } subject && subjects.Find(client, subject) is null
            ? new(
                Rule,
                Errors.LoginRequired,
                "The claims parameter asks for a sub that is none of this provider's.",
                "a sub that the client was given"
            )
            : null;
    }
}
