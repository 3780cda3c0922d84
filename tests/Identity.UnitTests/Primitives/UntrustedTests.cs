using System.Text;
using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

/// <summary>The one rule for text, and the one reader of JSON, that come from outside.</summary>
public sealed class UntrustedTests
{
    [Theory]
    [InlineData("Zürich 東京 🙂 \u200F\u0627", true, true)]
    [InlineData("", true, true)]
    [InlineData("two\r\n\tlines", false, true)]
    [InlineData("a\0b", false, false)]
    [InlineData("a\u0001b", false, false)]
    [InlineData("a\u007Fb", false, false)]
    [InlineData("a\u0085b", false, false)]
    [InlineData("a\uFFFEb", false, false)]
    [InlineData("a\uFFFFb", false, false)]
    [InlineData("a\uFDD0b", false, false)]
    [InlineData("a\uFDEFb", false, false)]
    [InlineData("a\U0001FFFEb", false, false)]
    [InlineData("a\U0010FFFFb", false, false)]
    public void Noncharacters_and_controls_are_no_text(string text, bool line, bool text2)
    {
        Assert.Equal((line, text2), (UntrustedText.IsLine(text), UntrustedText.IsText(text)));
    }

    [Fact]
    public void Half_of_a_pair_is_no_text_and_what_was_stored_before_can_be_repaired()
    {
        var half = "a" + (char)0xD800 + "b";
        var old = half + '\uFFFE';

        Assert.False(UntrustedText.IsText(half));
        Assert.False(UntrustedText.IsText((char)0xDC00 + "b"));
        Assert.False(UntrustedText.IsText(null));
        Assert.Equal("a\uFFFDb\uFFFD", UntrustedText.Repair(old));
        Assert.Equal("a\uFFFDb\uFFFD", UntrustedText.Repair(old).Normalize(NormalizationForm.FormKC));
    }

    [Theory]
    [InlineData("""{"a":"b","c":[1,-2.5e3,true,null]}""", true)]
    [InlineData("""{"a":"two\nlines"}""", true)]
    [InlineData("""{"a":"\uD83D\uDE42"}""", true)]
    [InlineData("""{"a":"\ud800"}""", false)]
    [InlineData("""{"\ud800":1}""", false)]
    [InlineData("""{"a":{"b":["\udc00"]}}""", false)]
    [InlineData("""{"a":"\u0000"}""", false)]
    [InlineData("""{"a":"\ufffe"}""", false)]
    [InlineData("""{"a":1,"a":2}""", false)]
    [InlineData("""{"a":1,"\u0061":2}""", false)]
    [InlineData("""{"\ud800":1,"\ud800":2}""", false)]
    [InlineData("""{"a":1e999999}""", false)]
    [InlineData("""{"a":11111111111111111111111111111111111111111111111111111111111111111}""", false)]
    [InlineData("""[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]""", false)]
    [InlineData("""{"a":1} x""", false)]
    [InlineData("""{"a":NaN}""", false)]
    [InlineData("", false)]
    public void Json_is_read_where_nothing_in_it_can_throw_later(string json, bool isRead)
    {
        using var ofText = UntrustedJson.Read(json);
        using var ofBytes = UntrustedJson.Read(Encoding.UTF8.GetBytes(json));

        Assert.Equal((isRead, isRead), (ofText is not null, ofBytes is not null));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xFF, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' })]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { (byte)'{', 0, (byte)'}', 0 })]
    public void Bytes_that_are_no_UTF_8_are_no_json(byte[] bytes) => Assert.Null(UntrustedJson.Read(bytes));

    [Theory]
    [InlineData("https://app.example/callback?a=b#c", "https://app.example")]
    [InlineData("https://app.example:8443/", "https://app.example:8443")]
    [InlineData("https://user:pass@app.example/", "https://app.example")]
    [InlineData("https://a;script-src *@app.example/", "https://app.example")]
    [InlineData("https://a;script-src%20*@app.example/", "https://app.example")]
    [InlineData("http://[::1]:5000/", "http://[::1]:5000")]
    [InlineData("https://bücher.example/", "https://xn--bcher-kva.example")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("/path", null)]
    [InlineData("com.example.app:/done", null)]
    public void An_origin_holds_nothing_that_could_end_a_directive(string uri, string? origin) =>
        Assert.Equal(origin, WebOrigin.Of(uri));
}
