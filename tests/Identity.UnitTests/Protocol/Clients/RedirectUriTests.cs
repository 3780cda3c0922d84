using Identity.Core.Clients;
using Identity.UnitTests.Protocol.Tokens.Jose;

namespace Identity.UnitTests.Protocol.Clients;

/// <summary>What may be registered, and what may then be asked for: exactly that, but for the port of a native app's
/// loopback address (RFC 8252 sections 7.1 and 7.3).</summary>
public sealed class RedirectUriTests
{
    [Theory]
    [InlineData("http://localhost/callback", "http://localhost:53123/callback")]
    [InlineData("http://localhost:4000/callback", "http://localhost/callback")]
    [InlineData("http://127.0.0.1/callback", "http://127.0.0.1:53123/callback")]
    [InlineData("http://127.0.0.1", "http://127.0.0.1:1")]
    [InlineData("http://[::1]/callback", "http://[::1]:65535/callback")]
    [InlineData("http://127.0.0.1/cb?app=1", "http://127.0.0.1:8000/cb?app=1")]
    public void A_native_app_takes_any_port_of_its_loopback_address(string registered, string asked) =>
        Assert.True(Native(registered).AllowsRedirectUri(asked));

    [Theory]
    [InlineData("http://evil@127.0.0.1:8000/callback")]
    [InlineData("http://a;script-src%20x@127.0.0.1/callback")]
    [InlineData("http://0x7f000001/callback")]
    [InlineData("http://0177.0.0.1/callback")]
    [InlineData("http://127.1/callback")]
    [InlineData("http://2130706433/callback")]
    [InlineData("HTTP://127.0.0.1/callback")]
    [InlineData("http:\\\\127.0.0.1/callback")]
    [InlineData("http:/127.0.0.1/callback")]
    [InlineData("http://127.0.0.1:0/callback")]
    [InlineData("http://127.0.0.1:65536/callback")]
    [InlineData("http://127.0.0.1:/callback")]
    [InlineData("http://127.0.0.1:0080/callback")]
    [InlineData("http://127.0.0.1:08000/callback")]
    [InlineData("http://127.0.0.1:+80/callback")]
    [InlineData("http://127.0.0.1:8000/Callback")]
    [InlineData("http://127.0.0.1:8000/callback/")]
    [InlineData("http://127.0.0.1:8000/x/../callback")]
    [InlineData("http://127.0.0.1:8000/callback?x=1")]
    [InlineData("http://127.0.0.1:8000/callback#x")]
    [InlineData("http://127.0.0.1.evil.example/callback")]
    [InlineData("http://127.0.0.2:8000/callback")]
    [InlineData("http://localhost:8000/callback")]
    [InlineData("http://LOCALHOST/callback")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/callback")]
    [InlineData("https://127.0.0.1/callback")]
    public void Nothing_but_the_port_may_differ(string asked) =>
        Assert.False(Native("http://127.0.0.1/callback").AllowsRedirectUri(asked));

    [Fact]
    public void Localhost_keeps_its_port_where_the_setting_is_off_and_for_every_other_profile()
    {
        var strict = ProtocolClients.Read(
            ("Profile", "Native"),
            ("AllowAnyLocalhostPort", "false"),
            ("RedirectUris:0", "http://localhost/callback"),
            ("RedirectUris:1", "http://127.0.0.1/callback")
        );
        var spa = ProtocolClients.Read(("Profile", "Spa"), ("RedirectUris:0", "http://localhost/callback"));

        Assert.False(strict.AllowsRedirectUri("http://localhost:53123/callback"));
        Assert.True(strict.AllowsRedirectUri("http://localhost/callback"));
        Assert.True(strict.AllowsRedirectUri("http://127.0.0.1:53123/callback"));
        Assert.False(spa.AllowsRedirectUri("http://localhost:53123/callback"));
    }

    [Theory]
    [InlineData("com.example.app:/done", null, true)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "cursor", true)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "Cursor", true)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", null, false)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "vscode", false)]
    [InlineData("javascript:alert(1)", "javascript", false)]
    [InlineData("file:///etc/passwd", "file", false)]
    [InlineData("data:text/html,x", "data", false)]
    [InlineData("urn:ietf:wg:oauth:2.0:oob", "urn", false)]
    [InlineData("http://127.1/callback", null, false)]
    [InlineData("http://evil@127.0.0.1/callback", null, false)]
    [InlineData("HTTP://127.0.0.1/callback", null, false)]
    [InlineData("http://192.0.2.7/callback", null, false)]
    [InlineData("http://127.0.0.2:8000/callback", null, true)]
    [InlineData("http://app.localhost:8000/callback", null, true)]
    public void An_app_registers_addresses_of_its_own(string address, string? scheme, bool good)
    {
        (string, string?)[] settings =
        [
            ("Profile", "Native"),
            ("RedirectUris:0", address),
            .. scheme is null ? [] : new (string, string?)[] { ("PrivateSchemes:0", scheme) },
        ];

        var failures = ProtocolClients.Failures(settings);

        Assert.Equal(good, failures.Count == 0);
        Assert.All(failures, failure => Assert.StartsWith("Identity:Clients:app:", failure, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Native", "http://localhost/callback", true)]
    [InlineData("Native", "com.example.app:/done", true)]
    [InlineData("Native", "https://app.example/cb", false)]
    [InlineData("Spa", "http://127.0.0.1:5173/", false)]
    [InlineData("Spa", "https://app.example/cb", false)]
    public void An_address_that_others_on_the_device_can_receive_lets_them_pose_as_a_public_client(
        string profile,
        string address,
        bool expected
    ) =>
        Assert.Equal(
            expected,
            ProtocolClients.Read(("Profile", profile), ("RedirectUris:0", address)).CanBeImpersonatedAt(address)
        );

    [Fact]
    public void A_single_page_app_that_registered_itself_is_trusted_with_no_loopback_address() =>
        Assert.True(
            (
                ProtocolClients.Read(("Profile", "Spa"), ("RedirectUris:0", "http://127.0.0.1:5173/")) with
                {
                    IsSelfRegistered = true,
                }
            ).CanBeImpersonatedAt("http://127.0.0.1:5173/")
        );

    private static Client Native(string redirectUri) =>
        ProtocolClients.Read(("Profile", "Native"), ("RedirectUris:0", redirectUri));
}
