using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Identity.Testing;

/// <summary>
/// An authenticator in software (WebAuthn 3, CTAP 2): one discoverable P-256 credential, attestation "none". It answers
/// as browsers do or, where a test says so, as no honest browser would.
/// </summary>
public sealed class SoftPasskey(string rpId, string origin) : IDisposable
{
    private const byte UserPresent = 0x01,
        UserVerified = 0x04,
        BackupEligible = 0x08,
        BackedUp = 0x10,
        HasCredential = 0x40;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The handle of the person whom it was created for, in base64url.</summary>
    public string UserHandle { get; private set; } = "";

    public byte[] CredentialId { get; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>The counter that the next answer carries; it then grows by one, unless it is 0: then there is
    /// none.</summary>
    public uint Counter { get; set; }

    /// <summary>Whether it checked a PIN or a finger.</summary>
    public bool VerifiesUser { get; set; } = true;

    /// <summary>Whether somebody made a gesture. Nobody does when a passkey is created conditionally.</summary>
    public bool IsUserPresent { get; set; } = true;

    /// <summary>Its AAGUID, as it reports it when it creates a passkey.</summary>
    public Guid Model { get; set; }

    /// <summary>Whether its key is synchronised to other devices (the flags BE and BS).</summary>
    public bool IsSynchronised { get; set; }

    /// <summary>Where the person is, as their browser says.</summary>
    public string Origin { get; set; } = origin;

    /// <summary>Which site the authenticator was told.</summary>
    public string RpId { get; set; } = rpId;

    /// <summary>Answers <c>navigator.credentials.create</c>: the JSON of the credential.</summary>
    public string Create(string optionsJson)
    {
        using var options = JsonDocument.Parse(optionsJson);
        UserHandle = options.RootElement.GetProperty("user").GetProperty("id").GetString()!;
        var point = _key.ExportParameters(false).Q;
        byte[] cose =
        [
            0xA5,
            0x01,
            0x02,
            0x03,
            0x26,
            0x20,
            0x01,
            0x21,
            0x58,
            0x20,
            .. point.X!,
            0x22,
            0x58,
            0x20,
            .. point.Y!,
        ];
        byte[] data =
        [
            .. AuthenticatorData(HasCredential),
            .. Model.ToByteArray(bigEndian: true),
            0,
            (byte)CredentialId.Length,
            .. CredentialId,
            .. cose,
        ];
        byte[] attestation =
        [
            0xA3,
            0x63,
            .. "fmt"u8,
            0x64,
            .. "none"u8,
            0x67,
            .. "attStmt"u8,
            0xA0,
            0x68,
            .. "authData"u8,
            0x59,
            (byte)(data.Length >> 8),
            (byte)data.Length,
            .. data,
        ];
        return Credential(
            new Dictionary<string, object?>
            {
                ["clientDataJSON"] = Text(ClientData("webauthn.create", options)),
                ["attestationObject"] = Text(attestation),
                ["transports"] = new[] { "internal" },
            }
        );
    }

    /// <summary>Answers <c>navigator.credentials.get</c>.</summary>
    public string Get(string optionsJson)
    {
        using var options = JsonDocument.Parse(optionsJson);
        var (data, client) = (AuthenticatorData(0), ClientData("webauthn.get", options));
        var signature = _key.SignData(
            [.. data, .. SHA256.HashData(client)],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        return Credential(
            new Dictionary<string, object?>
            {
                ["clientDataJSON"] = Text(client),
                ["authenticatorData"] = Text(data),
                ["signature"] = Text(signature),
                ["userHandle"] = UserHandle,
            }
        );
    }

    /// <inheritdoc />
    public void Dispose() => _key.Dispose();

    private byte[] AuthenticatorData(byte flags)
    {
        var counter = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter == 0 ? 0 : Counter++);
        return
        [
            .. SHA256.HashData(Encoding.UTF8.GetBytes(RpId)),
            (byte)(
                flags
                | (IsUserPresent ? UserPresent : 0)
                | (VerifiesUser ? UserVerified : 0)
                | (IsSynchronised ? BackupEligible | BackedUp : 0)
            ),
            .. counter,
        ];
    }

    private byte[] ClientData(string type, JsonDocument options) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object?>
            {
                ["type"] = type,
                ["challenge"] = options.RootElement.GetProperty("challenge").GetString(),
                ["origin"] = Origin,
                ["crossOrigin"] = false,
            }
        );

    private string Credential(Dictionary<string, object?> response) =>
        JsonSerializer.Serialize(
            new Dictionary<string, object?>
            {
                ["id"] = Text(CredentialId),
                ["rawId"] = Text(CredentialId),
                ["type"] = "public-key",
                ["authenticatorAttachment"] = "platform",
                ["clientExtensionResults"] = new Dictionary<string, object?>(),
                ["response"] = response,
            }
        );

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
