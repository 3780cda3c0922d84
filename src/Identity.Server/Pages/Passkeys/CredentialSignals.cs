using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Passkeys;

/// <summary> What pages tell the browser about passkeys, so that password managers show the current name and forget
/// what was removed (WebAuthn 3, section 5.1.10). The person's own pages tell it, to the person's own browser; a
/// browser that does not know these methods ignores it.
/// </summary>
internal sealed class CredentialSignals(IOptions<PasskeyOptions> options, IOptions<IdentityPasskeyOptions> relyingParty)
{
    private sealed record Signal(
        [property: JsonPropertyName("rpId")] string RelyingPartyId,
        [property: JsonPropertyName("userId")] string UserHandle,
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("displayName")] string DisplayName,
        [property: JsonPropertyName("allAcceptedCredentialIds")] IEnumerable<string>? CredentialIds
    );

    /// <summary>The relying party's id for <c>signalUnknownCredential</c>; null if signals are off.</summary>
    public string? RelyingPartyId => options.Value.Signals ? relyingParty.Value.ServerDomain : null;

    /// <summary>The person's names and, where the page knows them, passkeys, as JSON for the script; null if signals
    /// are off.</summary>
    /// <param name="passkeys">All of the person's passkeys; null says nothing about passkeys. An empty list says that
    /// there are none.</param>
    public string? Of(UserAccount account, IReadOnlyList<Passkey>? passkeys) =>
        RelyingPartyId is { } id
            ? JsonSerializer.Serialize(
                new Signal(
                    id,
                    // As ASP.NET Core's handler writes the user handle at the creation.
                    Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new SubjectId(account.Id).ToString())),
                    account.Email,
                    account.Name ?? account.Email,
                    passkeys?.Select(static passkey => Base64Url.EncodeToString(passkey.CredentialId))
                )
            )
            : null;
}
