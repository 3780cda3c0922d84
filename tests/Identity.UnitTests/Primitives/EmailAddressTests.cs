using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("Ada@Example.ORG", "Ada@Example.ORG", "ada@example.org")]
    [InlineData("a+b.c@sub.example.org", "a+b.c@sub.example.org", "a+b.c@sub.example.org")]
    [InlineData("o'neil@example.org", "o'neil@example.org", "o'neil@example.org")]
    [InlineData("x@b\u00fccher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example")]
    [InlineData("I@TITLE.EXAMPLE", "I@TITLE.EXAMPLE", "i@title.example")]
    public void An_address_is_kept_as_typed_and_folded_in_ascii_only(string text, string value, string canonical)
    {
        Assert.True(EmailAddress.TryParse(text, out var address));

        Assert.Equal(value, address.Value);
        Assert.Equal(canonical, address.Canonical);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a@b")]
    [InlineData("A <x@example.org>")]
    [InlineData("x@example.org\r\nBcc: y@example.org")]
    [InlineData("x@example.org\n")]
    [InlineData(" x@example.org")]
    [InlineData("x y@example.org")]
    [InlineData("\"x\"@example.org")]
    [InlineData("x(comment)@example.org")]
    [InlineData("x@@example.org")]
    [InlineData("x@y@example.org")]
    [InlineData(".x@example.org")]
    [InlineData("x.@example.org")]
    [InlineData("x..y@example.org")]
    [InlineData("x@example..org")]
    [InlineData("x@-example.org")]
    [InlineData("x@example.org.")]
    [InlineData("x@[127.0.0.1]")]
    [InlineData("x@127.0.0.1")]
    [InlineData("\u212Aelvin@example.org")]
    [InlineData("\u0456x@example.org")]
    [InlineData("\u0130x@example.org")]
    [InlineData("x\0@example.org")]
    public void Whatever_could_pass_for_another_address_or_carry_a_header_is_refused(string? text)
    {
        Assert.False(EmailAddress.TryParse(text, out var address));

        Assert.Null(address);
    }

    [Fact]
    public void An_address_may_have_254_characters_and_not_255()
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 61), 3)) + ".example.org";
        var longest = new string('l', EmailAddress.MaxLength - domain.Length - 1) + "@" + domain;

        Assert.Equal(254, longest.Length);
        Assert.True(EmailAddress.TryParse(longest, out _));
        Assert.False(EmailAddress.TryParse("l" + longest, out _));
    }

    [Fact]
    public void Two_spellings_of_one_account_are_equal_and_show_nothing()
    {
        var typed = EmailAddress.Parse("Ada@Example.org");

        Assert.Equal(EmailAddress.Parse("ada@example.org"), typed);
        Assert.DoesNotContain("ada", typed.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
