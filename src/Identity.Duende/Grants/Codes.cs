using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Duende.IdentityServer.Models;
using Duende.IdentityServer.Stores;
using Identity.Core.Grants;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Grants;

namespace Identity.DuendeHost.Grants;

/// <summary> Redeems a code when Duende asks for it: one statement checks client, address and verifier, consumes the
/// code and creates the family (OA-5). Of any number at once one is granted, and a code that comes again ends what it
/// gave. Duende would look, remove and check in three steps.
/// </summary>
internal sealed class Codes(
    CodeRedemptions codes,
    Redemptions redemptions,
    RequestState state,
    TimeProvider time,
    IHttpContextAccessor accessor
) : IAuthorizationCodeStore
{
    public async Task<AuthorizationCode?> GetAuthorizationCodeAsync(string code)
    {
        var (http, client) = (accessor.Current(), state.Client!);
        var form = http.Request.Form;
        PresentedCode presented = new(code, OneOf(form, "redirect_uri"), OneOf(form, "code_verifier"));
        if (
            NarrowedGrants.IsAsked(http, redemptions)
            || !await redemptions.AreTokensPossibleAsync(client, http.RequestAborted)
        )
            return null;
        var redemption = await codes.RedeemAsync(http, client, presented, state.Key);
        return redemptions.Note(client, nameof(Codes), redemption, null) is { } grant
            ? Redeemed(grant, presented)
            : null;
    }

    public Task<string> StoreAuthorizationCodeAsync(AuthorizationCode code) =>
        throw new NotSupportedException("Codes are issued by the decision about the request.");

    /// <summary>The statement has consumed it.</summary>
    public Task RemoveAuthorizationCodeAsync(string code) => Task.CompletedTask;

    private static string? OneOf(IFormCollection form, string name) =>
        form[name] is [{ Length: > 0 } value] ? value : null;

    // What Duende compares has been compared by the statement, so it is told what was presented.
    private AuthorizationCode Redeemed(TokenGrant grant, PresentedCode presented) =>
        new()
        {
            ClientId = grant.ClientId,
            Subject = Subjects.Of(
                grant.Subject.Id.ToString("D"),
                DateTimeOffset.FromUnixTimeSeconds(grant.Details.AuthTime),
                grant.Details.Amr
            ),
            SessionId = grant.SessionId?.ToString("D")!,
            RequestedScopes = state.Issuance!.Scopes,
            RedirectUri = presented.RedirectUri!,
            CreationTime = time.GetUtcNow().UtcDateTime,
            Lifetime = 60,
            CodeChallengeMethod = "S256",
            CodeChallenge = presented.Verifier is { } verifier
                ? Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).Sha256()
                : null,
        };
}
