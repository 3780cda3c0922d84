using Identity.Server.Pages.Passkeys;
using Identity.Testing;

namespace Identity.UnitTests.Pages;

/// <summary>The password manager of a passkey, from what the authenticator reports.</summary>
public sealed class PasskeyProvidersTests
{
    private const string Options = """{"user":{"id":"AA"},"challenge":"AA"}""";

    [Theory]
    [InlineData("bada5566-a7aa-401f-bd96-45619a55120d", "1Password")]
    [InlineData("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello")]
    [InlineData("11111111-2222-3333-4444-555555555555", null)]
    [InlineData("00000000-0000-0000-0000-000000000000", null)]
    public void The_AAGUID_names_the_provider(string model, string? name)
    {
        using SoftPasskey passkey = new("localhost", "http://localhost") { Model = Guid.Parse(model) };

        Assert.Equal(name, PasskeyProviders.NameOf(AttestationOf(passkey.Create(Options))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A0")]
    [InlineData("FF")]
    [InlineData("A168617574684461746141FF")]
    [InlineData("A1686175746844617461")]
    [InlineData("BF61616161FF")]
    public void What_is_no_attestation_object_has_no_provider(string hex) =>
        Assert.Null(PasskeyProviders.NameOf(Convert.FromHexString(hex)));

    [Fact]
    public void Presence_is_added_only_where_nothing_is_attested()
    {
        using SoftPasskey passkey = new("localhost", "http://localhost") { IsUserPresent = false };
        var answer = passkey.Create(Options);
        var attestation = AttestationOf(answer);
        var attested = attestation.ToArray();
        "test"u8.CopyTo(attested.AsSpan(attested.AsSpan().IndexOf("none"u8)));
        var signed = answer.Replace(Text(attestation), Text(attested), StringComparison.Ordinal);

        var changed = AttestationOf(AttestationObject.WithUserPresent(answer));

        Assert.Equal(1, attestation.Zip(changed).Count(static pair => pair.First != pair.Second));
        Assert.NotEqual(answer, signed);
        Assert.Equal(signed, AttestationObject.WithUserPresent(signed));
        Assert.Equal("{\"a\":1}", AttestationObject.WithUserPresent("{\"a\":1}"));
        Assert.Equal("[[", AttestationObject.WithUserPresent("[["));
    }

    private static byte[] AttestationOf(string credential)
    {
        using var json = System.Text.Json.JsonDocument.Parse(credential);
        return System.Buffers.Text.Base64Url.DecodeFromChars(
            json.RootElement.GetProperty("response").GetProperty("attestationObject").GetString()
        );
    }

    private static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
