using System.Buffers.Text;
using System.Formats.Cbor;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Identity.Server.Pages.Passkeys;

/// <summary>Reads what an authenticator says about itself when it creates a passkey (WebAuthn 3, section 6.5). It is
/// not signed without attestation, so it decides nothing but texts.</summary>
internal static class AttestationObject
{
    /// <summary>Offsets in authenticator data (WebAuthn 3, section 6.1): after the SHA-256 of the relying party's id
    /// come the flags, the counter, and the authenticator's model (section 6.5.1).</summary>
    private const int FlagsOffset = 32;

    private const int ModelOffset = 37;
    private const int ModelLength = 16;
    private const byte UserPresentFlag = 0x01;
    private const byte HasCredentialFlag = 0x40;

    /// <summary>The AAGUID, the model of the authenticator; null if there is none.</summary>
    public static Guid? ModelOf(byte[] attestationObject) =>
        AuthenticatorDataOf(attestationObject, out _) is { Length: >= ModelOffset + ModelLength } data
        && (data[FlagsOffset] & HasCredentialFlag) != 0
        && new Guid(data.AsSpan(ModelOffset, ModelLength), bigEndian: true) is var model
        && model != Guid.Empty
            ? model
            : null;

    /// <summary> The answer to a conditional creation with the flag UP set. The person made no gesture, so WebAuthn 3,
    /// section 7.1, step 15, leaves the flag out; ASP.NET Core's handler requires it for every creation. Only an answer
    /// without attestation is changed: nothing signs its flags, so they prove nothing. Any other answer stays as it is.
    /// </summary>
    public static string WithUserPresent(string credentialJson)
    {
        try
        {
            if (
                JsonNode.Parse(credentialJson) is not JsonObject credential
                || credential["response"] is not JsonObject response
                || response["attestationObject"] is not JsonValue encoded
            )
                return credentialJson;
            var attestation = Base64Url.DecodeFromChars(encoded.GetValue<string>());
            if (
                AuthenticatorDataOf(attestation, out var format) is not { Length: > FlagsOffset } data
                || format != "none"
            )
                return credentialJson;
            attestation[attestation.AsSpan().IndexOf(data) + FlagsOffset] |= UserPresentFlag;
            response["attestationObject"] = Base64Url.EncodeToString(attestation);
            return credential.ToJsonString();
        }
        catch (Exception malformed)
            when (malformed is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return credentialJson;
        }
    }

    private static byte[]? AuthenticatorDataOf(byte[] attestationObject, out string? format)
    {
        (format, var data) = (null, (byte[]?)null);
        try
        {
            CborReader reader = new(attestationObject, CborConformanceMode.Lax);
            for (var left = reader.ReadStartMap() ?? 0; left > 0; left--)
            {
                switch (reader.ReadTextString())
                {
                    case "fmt":
                        format = reader.ReadTextString();
                        break;
                    case "authData":
                        data = reader.ReadByteString();
                        break;
                    default:
                        reader.SkipValue();
                        break;
                }
            }
            return data;
        }
        catch (Exception malformed) when (malformed is CborContentException or InvalidOperationException)
        {
            return null;
        }
    }
}
