using Identity.Core.Clients;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Clients;

/// <summary>Native clients on loopback (RFC 8252 section 7.3): any port, and no other spelling.</summary>
public sealed class RedirectUriTests
{
    private static readonly Client Native = ProtocolClients.Read(
        ("Profile", "Native"),
        ("RedirectUris:0", "http://127.0.0.1/callback"),
        ("RedirectUris:1", "http://[::1]:4000/callback?a=b"),
        ("RedirectUris:2", "com.example.app:/done")
    );

    [Theory]
    [InlineData("http://127.0.0.1/callback")]
    [InlineData("http://127.0.0.1:1/callback")]
    [InlineData("http://127.0.0.1:65535/callback")]
    [InlineData("http://[::1]/callback?a=b")]
    [InlineData("http://[::1]:53123/callback?a=b")]
    [InlineData("com.example.app:/done")]
    public void A_loopback_literal_is_taken_with_any_port(string presented) =>
        Assert.True(Native.AllowsRedirectUri(presented));

    [Theory]
    [InlineData("http://evil@127.0.0.1/callback")]
    [InlineData("http://@127.0.0.1/callback")]
    [InlineData("http://a;script-src%20*@127.0.0.1/callback")]
    [InlineData("http://127.0.0.1@evil.example/callback")]
    [InlineData("http://127.0.0.1:80@evil.example/callback")]
    [InlineData("http://127.0.0.1.evil.example/callback")]
    [InlineData("http://0x7f000001/callback")]
    [InlineData("http://2130706433/callback")]
    [InlineData("http://0177.0.0.1/callback")]
    [InlineData("http://127.1/callback")]
    [InlineData("http://127.0.0.2/callback")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/callback?a=b")]
    [InlineData("http://[::ffff:127.0.0.1]/callback")]
    [InlineData("HTTP://127.0.0.1/callback")]
    [InlineData("Http://127.0.0.1/callback")]
    [InlineData("http:\\\\127.0.0.1\\callback")]
    [InlineData("http:/127.0.0.1/callback")]
    [InlineData("http:127.0.0.1/callback")]
    [InlineData("http://127.0.0.1\\@evil.example/callback")]
    [InlineData("http://127.0.0.1:/callback")]
    [InlineData("http://127.0.0.1:99999/callback")]
    [InlineData("http://127.0.0.1:-1/callback")]
    [InlineData("http://127.0.0.1:8 0/callback")]
    [InlineData("http://127.0.0.1:\u0661/callback")]
    [InlineData("http://127.0.0.1:80/callback ")]
    [InlineData("http://127.0.0.1:80/callback#f")]
    [InlineData("http://127.0.0.1:80/Callback")]
    [InlineData("http://127.0.0.1:80/x/../callback")]
    [InlineData("http://127.0.0.1:80/%63allback")]
    [InlineData("https://127.0.0.1/callback")]
    [InlineData(" http://127.0.0.1/callback")]
    [InlineData("http://127.0.0.1%2F@evil.example/callback")]
    public void Every_other_spelling_is_refused(string presented) => Assert.False(Native.AllowsRedirectUri(presented));

    [Theory]
    [InlineData("http://evil@127.0.0.1/callback")]
    [InlineData("http://@127.0.0.1/callback")]
    [InlineData("http://0x7f000001/callback")]
    [InlineData("http://127.1/callback")]
    [InlineData("HTTP://127.0.0.1/callback")]
    [InlineData("HTTPS://app.example/callback")]
    [InlineData("http:\\\\127.0.0.1\\callback")]
    [InlineData("https://a;b@app.example/callback")]
    [InlineData("http://127.0.0.1:0080/callback")]
    [InlineData("http://app.localhost:0080/callback")]
    public void Nothing_of_the_kind_is_registered(string uri) =>
        Assert.Contains(
            ProtocolClients.Failures(("Profile", "Native"), ("RedirectUris:0", uri)),
            static failure => failure.Contains(":RedirectUris:", StringComparison.Ordinal)
        );
}
