using Duende.IdentityServer.Models;
using Duende.IdentityServer.Services;
using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Grants;
using Client = Duende.IdentityServer.Models.Client;

namespace Identity.DuendeHost.Grants;

/// <summary> Rotates a refresh token when Duende validates it: one statement claims it, checks client, family, session
/// and person, and inserts the successor (OA-10, OA-12). Of any number at once all get the same successor within the
/// grace; anything else ends the family. A store alone could not keep this, because Duende draws the new handle before
/// the store is asked.
/// </summary>
internal sealed class Rotations(
    RefreshRotations rotations,
    Redemptions redemptions,
    RequestState state,
    TimeProvider time,
    IHttpContextAccessor accessor
) : IRefreshTokenService
{
    public async Task<TokenValidationResult> ValidateRefreshTokenAsync(string token, Client client)
    {
        var (http, known) = (accessor.Current(), state.Client!);
        TokenValidationResult refused = new() { IsError = true, Error = "invalid_grant" };
        if (!known.GrantTypes.Contains(ClientGrantType.RefreshToken))
        {
            redemptions.Refuse(
                new(
                    nameof(Rotations),
                    "unauthorized_client",
                    "The client is not registered for refresh tokens.",
                    ClientGrantType.RefreshToken,
                    string.Join(' ', known.GrantTypes)
                )
            );
            return refused;
        }
        if (
            NarrowedGrants.IsAsked(http, redemptions)
            || !await redemptions.AreTokensPossibleAsync(known, http.RequestAborted)
        )
            return refused;
        var scope = http.Request.Form["scope"].ToString();
        var asked = scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var redemption = await rotations.RotateAsync(http, known, token, asked, state.Key);
        if (redemptions.Note(known, nameof(Rotations), redemption, scope) is not { } grant)
            return refused;
        return new()
        {
            IsError = false,
            RefreshToken = new()
            {
                ClientId = known.Id,
                Subject = Subjects.Of(
                    grant.Subject.Id.ToString("D"),
                    DateTimeOffset.FromUnixTimeSeconds(grant.Details.AuthTime),
                    grant.Details.Amr
                ),
                SessionId = grant.SessionId?.ToString("D"),
                AuthorizedScopes = state.Issuance!.Scopes,
                // The statement has judged the key; Duende compares only whether there was one.
                ProofType = state.Key is null ? ProofType.None : ProofType.DPoP,
                CreationTime = time.GetUtcNow().UtcDateTime,
                Lifetime = (int)known.RefreshTokenIdleLifetime.TotalSeconds,
            },
        };
    }

    public Task<string> CreateRefreshTokenAsync(RefreshTokenCreationRequest request) => throw Written();

    public Task<string> UpdateRefreshTokenAsync(RefreshTokenUpdateRequest request) => throw Written();

    private static NotSupportedException Written() => new("The statement that grants writes the refresh token.");
}
