using System.Buffers.Text;
using System.Text.Json;
using Identity.Core.Passkeys;
using Identity.Core.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Passkeys;

/// <summary> Creates ASP.NET Core's passkey handlers. The stock handler permanently refuses an answer whose backup
/// eligibility differs from the stored one. By WebAuthn 3, section 7.2, step 18, the relying party decides that, and
/// here <see cref="PasskeyStore.NoteUseAsync"/> decides it. So the handler gets a stored passkey with the eligibility
/// that the answer claims. This is safe: the handler still compares the value with the authenticator data whose
/// signature it verifies, so an answer passes only if its claim is the signed value.
/// </summary>
internal sealed class PasskeyHandlers(
    UserStore users,
    PasskeyStore passkeys,
    IOptions<IdentityPasskeyOptions> options,
    IServiceProvider services,
    ILogger<UserManager<UserAccount>> logger
)
{
    /// <summary>The offset of the flags in authenticator data, after the SHA-256 of the relying party's id (WebAuthn 3,
    /// section 6.1).</summary>
    private const int FlagsOffset = 32;

    private const byte BackupEligibleFlag = 0x08;

    private readonly IOptions<IdentityPasskeyOptions> _withoutVerification = Options.Create(
        new IdentityPasskeyOptions
        {
            ServerDomain = options.Value.ServerDomain,
            UserVerificationRequirement = "preferred",
            ResidentKeyRequirement = options.Value.ResidentKeyRequirement,
            AttestationConveyancePreference = options.Value.AttestationConveyancePreference,
            AuthenticatorTimeout = options.Value.AuthenticatorTimeout,
            ValidateOrigin = options.Value.ValidateOrigin,
        }
    );

    /// <summary>A handler for everything except the check of an answer.</summary>
    public IPasskeyHandler<UserAccount> Stock => Over(new(users, passkeys, claimsBackupEligible: null), options);

    /// <summary>A handler for a conditional creation, which cannot verify the user: nobody makes a gesture. The passkey
    /// is verified at every later use.</summary>
    public IPasskeyHandler<UserAccount> ForAutomaticCreation =>
        Over(new(users, passkeys, claimsBackupEligible: null), _withoutVerification);

    /// <summary>A handler for the check of this answer.</summary>
    public IPasskeyHandler<UserAccount> ForAnswer(string credentialJson) =>
        Over(new(users, passkeys, ClaimsBackupEligible(credentialJson)), options);

    private PasskeyHandler<UserAccount> Over(PasskeyUserStore store, IOptions<IdentityPasskeyOptions> settings) =>
        new(
            new UserManager<UserAccount>(
                store,
                Options.Create(new IdentityOptions()),
                new PasswordHasher<UserAccount>(),
                [],
                [],
                new UpperInvariantLookupNormalizer(),
                new IdentityErrorDescriber(),
                services,
                logger
            ),
            settings
        );

    /// <summary>The claim of the answer; null if it cannot be read, and then the handler refuses it.</summary>
    internal static bool? ClaimsBackupEligible(string credentialJson)
    {
        try
        {
            using var credential = JsonDocument.Parse(credentialJson);
            return
                credential.RootElement.TryGetProperty("response", out var response)
                && response.TryGetProperty("authenticatorData", out var encoded)
                && encoded.GetString() is { } text
                && Base64Url.DecodeFromChars(text) is { Length: > FlagsOffset } data
                ? (data[FlagsOffset] & BackupEligibleFlag) != 0
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The id of the answer's credential; null if it cannot be read. It is at most 1023 bytes long (WebAuthn
    /// 3, section 4).</summary>
    internal static byte[]? CredentialIdOf(string credentialJson)
    {
        try
        {
            using var credential = JsonDocument.Parse(credentialJson);
            return
                credential.RootElement.TryGetProperty("id", out var encoded)
                && encoded.GetString() is { } text
                && Base64Url.DecodeFromChars(text) is { Length: > 0 and <= 1023 } id
                ? id
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
