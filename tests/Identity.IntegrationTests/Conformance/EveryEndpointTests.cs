using System.Net;
using System.Reflection;
using System.Text;
using Identity.IntegrationTests.Protocol.Grants;
using Identity.Server.Protocol.Engine;
using Identity.Testing;

namespace Identity.IntegrationTests.Conformance;

/// <summary>What holds at every endpoint of the protocol, by one table of them: methods (RFC 9110 sections 9 and
/// 15.5.6), parameters that nobody defined, and requests that name two clients (RFC 6749 section 3.2.1).</summary>
public sealed class EveryEndpointTests : IAsyncLifetime
{
    private const string Management = EndpointPaths.Registration + "/somebody";

    // Path, methods in alphabetical order, and the client that authenticates there by a secret, if one does.
    private static readonly (string Path, string Methods, string? Client)[] Table =
    [
        (EndpointPaths.Authorize, "GET, POST", null),
        (EndpointPaths.PushedAuthorization, "POST", "web"),
        (EndpointPaths.Token, "POST", "web"),
        (EndpointPaths.UserInfo, "GET, POST", null),
        (EndpointPaths.Introspection, "POST", "web"),
        (EndpointPaths.Revocation, "POST", "web"),
        (EndpointPaths.EndSession, "GET, POST", null),
        (EndpointPaths.DeviceAuthorization, "POST", "web"),
        (EndpointPaths.BackchannelAuthentication, "POST", "bank"),
        (EndpointPaths.Registration, "POST", null),
        (Management, "DELETE, GET, PUT", null),
        (EndpointPaths.CheckSession, "GET, HEAD", null),
        (EndpointPaths.Configuration, "GET, HEAD", null),
        (EndpointPaths.AuthorizationServer, "GET, HEAD", null),
        (EndpointPaths.JsonWebKeySet, "GET, HEAD", null),
    ];

    private TestDatabase _database = null!;
    private IdentityHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(
            _database,
            new Dictionary<string, string?>(ExtensionGrantFixture.Settings)
            {
                ["Identity:ClientRegistration:Enabled"] = "true",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public void The_table_has_every_endpoint()
    {
        string[] paths =
        [
            .. typeof(EndpointPaths)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(static field => (string)field.GetRawConstantValue()!)
                .Where(static path =>
                    path.StartsWith("/connect/", StringComparison.Ordinal)
                    || path.StartsWith("/.well-known/", StringComparison.Ordinal)
                ),
        ];

        Assert.Equal(
            paths.Order(StringComparer.Ordinal),
            Table.Select(static row => row.Path).Where(static path => path != Management).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_method_that_an_endpoint_does_not_take_is_405_and_HEAD_is_GET_without_a_body()
    {
        using var client = _host.CreateClient();
        List<string> wrong = [];
        foreach (var (path, methods, _) in Table)
        {
            string[] taken = methods.Split(", ");
            foreach (var method in (string[])["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"])
            {
                using HttpRequestMessage request = new(new HttpMethod(method), path);
                using var answer = await client.SendAsync(request);
                var allowed = string.Join(", ", answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
                var isRight = taken.Contains(method)
                    ? answer.StatusCode != HttpStatusCode.MethodNotAllowed && (int)answer.StatusCode < 500
                    : answer.StatusCode == HttpStatusCode.MethodNotAllowed && allowed == methods;
                if (!isRight || method == "HEAD" && (await answer.Content.ReadAsByteArrayAsync()).Length > 0)
                    wrong.Add($"{method} {path}: {(int)answer.StatusCode} {allowed}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_form_that_names_another_client_than_the_header_is_refused()
    {
        List<string> wrong = [];
        foreach (var (path, _, clientId) in Table.Where(static row => row.Client is not null))
        {
            using RelyingParty party = new(_host, clientId!);
            var answer = await party.SendAsync(
                party.Post(
                    path,
                    ("grant_type", "client_credentials"),
                    ("scope", "openid"),
                    ("token", "x"),
                    ("login_hint", "ada@example.com"),
                    ("client_id", clientId == "web" ? "bank" : "web")
                )
            );
            if ((int)answer.Status is < 400 or > 401 || answer.Error is not ("invalid_request" or "invalid_client"))
                wrong.Add($"{path}: {answer.Status} {answer.Text}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_parameter_that_nobody_defined_changes_no_answer()
    {
        using var client = _host.CreateClient();
        List<string> wrong = [];
        foreach (var (path, methods, _) in Table)
        {
            foreach (var method in methods.Split(", "))
            {
                var (plain, extended) = (
                    await StatusAsync(client, method, path, more: false),
                    await StatusAsync(client, method, path, more: true)
                );
                if (plain != extended || plain >= 500)
                    wrong.Add($"{method} {path}: {plain}, and {extended} with more");
            }
        }

        Assert.Empty(wrong);
    }

    // Without a client or a token these are refusals, each of its own kind: the same with and without more.
    private static async Task<int> StatusAsync(HttpClient client, string method, string path, bool more)
    {
        const string Form = "scope=openid";
        const string More = "&unheard_of=1&audience=x&x%5B%5D=%C3%BC";
        var isJson = path.StartsWith(EndpointPaths.Registration, StringComparison.Ordinal);
        using HttpRequestMessage request = new(new HttpMethod(method), $"{path}?{(more ? More[1..] : "")}");
        if (method is "POST" or "PUT")
            request.Content = isJson
                ? new StringContent(more ? "{\"unheard_of\":[1]}" : "{}", Encoding.UTF8, "application/json")
                : new StringContent(more ? Form + More : Form, Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
