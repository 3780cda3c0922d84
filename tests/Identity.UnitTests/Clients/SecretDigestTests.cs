using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Clients;

namespace Identity.UnitTests.Clients;

public sealed class SecretDigestTests
{
    private const string Secret = "correct-horse-battery-staple-0123456789";
    private static readonly byte[] Digest = SHA256.HashData(Encoding.UTF8.GetBytes(Secret));

    public static TheoryData<string> Forms { get; } =
    [
        Convert.ToHexString(Digest),
        Convert.ToHexStringLower(Digest),
        Convert.ToBase64String(Digest),
        Convert.ToBase64String(Digest).TrimEnd('='),
        Base64Url.EncodeToString(Digest),
        Base64Url.EncodeToString(Digest) + "=",
        SecretDigest.Of(Secret),
        Convert.ToHexStringLower(Digest) + "\n",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_that_a_tool_prints_is_read_and_opens_for_the_secret(string text)
    {
        ClientDefinition definition = new() { Profile = ClientProfile.Service, Secrets = [new() { Sha256 = text }] };
        List<string> failures = [];

        var client = ClientReader.Read("api", definition, "here", new Dictionary<string, ApiScope>(), failures);

        Assert.Empty(failures);
        Assert.True(ClientSecrets.Verify(client!, Secret, DateTimeOffset.UnixEpoch));
        Assert.False(ClientSecrets.Verify(client!, Secret + "x", DateTimeOffset.UnixEpoch));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("correct-horse-battery-staple-0123456789")]
    [InlineData("n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCg")]
    [InlineData("zz86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("0486d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0")]
    public void What_is_no_digest_is_refused(string? text) => Assert.False(SecretDigest.TryRead(text, out _));
}
