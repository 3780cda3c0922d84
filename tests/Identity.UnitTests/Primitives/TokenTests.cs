using System.Text;
using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

public sealed class TokenTests
{
    [Fact]
    public void A_token_is_43_url_safe_characters_that_nobody_has_twice()
    {
        var tokens = Enumerable
            .Range(0, 1000)
            .Select(static _ => OpaqueToken.Create().Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(1000, tokens.Count);
        Assert.All(tokens, static token => Assert.Matches("^[A-Za-z0-9_-]{43}$", token));
    }

    [Fact]
    public void A_token_never_shows_itself_by_accident()
    {
        var token = OpaqueToken.Create();

        Assert.DoesNotContain(token.Value, $"{token}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA+AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_cannot_be_a_token_never_reaches_the_database(string? text)
    {
        Assert.False(OpaqueToken.TryParse(text, out var token));

        Assert.Null(token);
    }

    [Fact]
    public void A_presented_token_has_the_digest_that_was_stored()
    {
        var issued = OpaqueToken.Create();

        Assert.True(OpaqueToken.TryParse(issued.Value, out var presented));
        Assert.Equal(issued.Digest, presented.Digest);
        Assert.NotEqual(issued.Digest, OpaqueToken.Create().Digest);
    }

    [Fact]
    public void A_digest_is_sha256_of_the_utf8_text()
    {
        var digest = Sha256Digest.Of("abc");

        Assert.Equal(
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            Convert.ToHexString(digest.Value)
        );
        Assert.Equal(digest, Sha256Digest.Of(Encoding.UTF8.GetBytes("abc")));
        Assert.Equal(digest, Sha256Digest.FromBytes(digest.Value));
        Assert.Throws<ArgumentException>(() => Sha256Digest.FromBytes(new byte[31]));
        Assert.Throws<InvalidOperationException>(() => default(Sha256Digest).Value);
    }

    [Theory]
    [InlineData("b0e0a6a5-2f35-4f6e-9c84-3d0f8b9e3c11", true)]
    [InlineData("B0E0A6A5-2F35-4F6E-9C84-3D0F8B9E3C11", true)]
    [InlineData("b0e0a6a52f354f6e9c843d0f8b9e3c11", false)]
    [InlineData("00000000-0000-0000-0000-000000000000", false)]
    [InlineData("nobody", false)]
    [InlineData(null, false)]
    public void A_subject_is_the_hyphenated_id_of_an_account(string? text, bool known)
    {
        Assert.Equal(known, SubjectId.TryParse(text, out var subject));

        if (known)
            Assert.Equal("b0e0a6a5-2f35-4f6e-9c84-3d0f8b9e3c11", subject.ToString());
    }
}
