using System.Net;
using System.Net.Sockets;
using Identity.Server.Protocol.Requests.Outbound;
using Identity.Server.Protocol.Tokens.KeySets;

namespace Identity.UnitTests.Protocol.Clients;

public sealed class JwksFetcherTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.100.100.200")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("ff02::1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2002:a00:1::")]
    [InlineData("2001:0:1::")]
    public void An_address_inside_is_not_public(string address) =>
        Assert.False(PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2606:4700:4700::1111")]
    public void An_address_of_the_internet_is_public(string address) =>
        Assert.True(PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://localhost", false)]
    [InlineData("https://127.0.0.1", false)]
    [InlineData("http://127.0.0.1", false)]
    [InlineData("https://127.0.0.1", true)]
    public async Task A_private_address_is_never_even_connected_to(string origin, bool allowed)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var fetcher = allowed ? new JwksFetcher(_ => true) : new JwksFetcher(PublicAddress.IsPublic);
        var accepted = listener.AcceptTcpClientAsync();

        var fetching = fetcher.FetchAsync(
            new($"{origin}:{((IPEndPoint)listener.LocalEndpoint).Port}/jwks"),
            CancellationToken.None
        );
        await Task.WhenAny(fetching, accepted);

        Assert.Equal(allowed, accepted.IsCompleted);
        if (accepted.IsCompletedSuccessfully)
            (await accepted).Dispose();
        Assert.Null(await fetching);
    }

    [Theory]
    [InlineData("application/json; charset=utf-7")]
    [InlineData("application/json; charset=unheard-of")]
    [InlineData("application/json; charset=\"utf-16\"")]
    [InlineData("nonsense")]
    public async Task A_charset_of_the_answer_is_not_asked_for_json_is_UTF_8(string type)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var fetcher = new JwksFetcher(_ => true);
        const string set = """{"keys":[1,null,{"kty":"EC","kid":"one"},"x"]}""";

        var fetching = fetcher.FetchAsync(
            new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/jwks"),
            CancellationToken.None
        );
        using var peer = await listener.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        _ = await peer.GetStream().ReadAsync(buffer);
        await peer.GetStream()
            .WriteAsync(
                System.Text.Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {set.Length}\r\nConnection: "
                        + $"close\r\n\r\n{set}"
                )
            );

        var bytes = await fetching;

        Assert.Equal(["one"], ClientKeys.Parse(bytes!).Select(static key => key.KeyId));
    }

    [Theory]
    [InlineData("""{"keys":1}""")]
    [InlineData("""{"keys":[1]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"keys":[{"kty":"EC","kid":"\ud800"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","\ud800":1}]}""")]
    [InlineData("not json")]
    [InlineData("")]
    public void A_set_that_is_none_holds_no_key(string set) =>
        Assert.Empty(ClientKeys.Parse(System.Text.Encoding.UTF8.GetBytes(set)));
}
