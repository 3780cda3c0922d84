using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol;

/// <summary>Two instances of one provider, with clients that have keys of their own, and a person, for the tests of a
/// class.</summary>
public sealed class KeyClientFixture : IAsyncLifetime
{
    /// <summary>Authenticates by private_key_jwt, and must push its requests.</summary>
    public const string Pushing = "pushing";

    /// <summary>Authenticates by private_key_jwt, and need not.</summary>
    public const string Keyed = "keyed";

    /// <summary>Must sign its requests.</summary>
    public const string Signing = "signing";

    public const string RedirectUri = "https://keyed.example/callback";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost One { get; private set; } = null!;
    public IdentityHost Two { get; private set; } = null!;
    public ClientKeyPair Key { get; } = new("k1");
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        One = await IdentityHost.StartAsync(Database, Settings());
        Two = await IdentityHost.StartAsync(
            Database,
            new Dictionary<string, string?>(Settings()) { ["Identity:Issuer"] = One.Issuer }
        );
    }

    public async Task DisposeAsync()
    {
        await One.DisposeAsync();
        await Two.DisposeAsync();
        await Database.DisposeAsync();
        Key.Dispose();
    }

    /// <summary>A client's browser in which Ada is signed in.</summary>
    public async Task<RelyingParty> SignedInAsync(string clientId = Keyed, IdentityHost? host = null)
    {
        RelyingParty party = new(host ?? One, clientId, RedirectUri);
        await party.SignInAsync(UserId);
        return party;
    }

    /// <summary>The parameters of an authorization request of this party, as pairs.</summary>
    public static Dictionary<string, string> ParametersOf(
        RelyingParty party,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    ) =>
        QueryHelpers
            .ParseQuery(party.AuthorizeUrl(scope, parameters).Split('?')[1])
            .ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString());

    /// <summary>A form with a fresh assertion of the client.</summary>
    public HttpRequestMessage Post(
        string path,
        string clientId,
        IEnumerable<KeyValuePair<string, string>> form,
        string? audience = null
    ) =>
        new(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                form.Append(new("client_assertion_type", ClientKeyPair.AssertionType))
                    .Append(new("client_assertion", Key.Assertion(clientId, audience ?? One.Issuer)))
            ),
        };

    /// <summary>Pushes a request, and gives back what to open in the browser.</summary>
    public async Task<string> PushAsync(
        RelyingParty party,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        var answer = await party.SendAsync(
            Post("/connect/par", party.ClientId, ParametersOf(party, scope, parameters))
        );
        var requestUri = answer["request_uri"] ?? throw new InvalidOperationException($"Not pushed: {answer.Text}");
        return AuthorizeUrl(party.ClientId, requestUri);
    }

    public static string AuthorizeUrl(string clientId, string requestUri) =>
        QueryHelpers.AddQueryString(
            "/connect/authorize",
            new Dictionary<string, string?> { ["client_id"] = clientId, ["request_uri"] = requestUri }
        );

    /// <summary>Redeems a code, authenticated by an assertion.</summary>
    public Task<Answer> RedeemAsync(RelyingParty party, string code) =>
        party.SendAsync(
            Post(
                "/connect/token",
                party.ClientId,
                [
                    new("grant_type", "authorization_code"),
                    new("code", code),
                    new("redirect_uri", party.RedirectUri),
                    new("code_verifier", party.Verifier),
                ]
            )
        );

    private Dictionary<string, string?> Settings()
    {
        var settings = ProtocolFixture.Settings;
        foreach (var id in new[] { Pushing, Keyed, Signing })
        {
            var client = $"Identity:Clients:{id}:";
            settings[client + "TokenEndpointAuthMethod"] = "private_key_jwt";
            settings[client + "Jwks"] = Key.Jwks;
            settings[client + "RedirectUris:0"] = RedirectUri;
            (string Name, string[] Values)[] lists =
            [
                ("Scopes", ["openid", "email", "offline_access", "api"]),
                ("GrantTypes", ["authorization_code", "refresh_token", "client_credentials"]),
                ("ResponseModes", ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]),
            ];
            foreach (var (name, values) in lists)
            {
                for (var i = 0; i < values.Length; i++)
                    settings[$"{client}{name}:{i}"] = values[i];
            }
        }
        settings[$"Identity:Clients:{Pushing}:RequirePushedAuthorizationRequests"] = "true";
        settings[$"Identity:Clients:{Signing}:RequireSignedRequestObject"] = "true";
        settings[$"Identity:Clients:{Keyed}:ResponseModes:5"] = "fragment";
        settings[$"Identity:Clients:{Keyed}:ResponseModes:6"] = "fragment.jwt";
        return settings;
    }
}
