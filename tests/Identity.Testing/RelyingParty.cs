using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.Testing;

/// <summary>A client of a test: what it registered, as settings of the host.</summary>
public static class TestClients
{
    /// <summary>Machine-made; nothing that is committed opens anything.</summary>
    public static readonly string Secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Where every test client is called back. Nothing listens there.</summary>
    public const string RedirectUri = "https://app.example/callback";

    /// <summary>A web client, a single-page app, a service, a resource server, and the scopes of two APIs.</summary>
    public static Dictionary<string, string?> Settings =>
        new()
        {
            ["Identity:Scopes:api:Resources:0"] = "https://api.example",
            ["Identity:Scopes:orders:Resources:0"] = "https://orders.example",
            ["Identity:Scopes:orders:Claims:0"] = "email",
            ["Identity:Clients:web:Profile"] = "Web",
            ["Identity:Clients:web:Name"] = "Web app",
            ["Identity:Clients:web:Secret"] = Secret,
            ["Identity:Clients:web:RedirectUris:0"] = RedirectUri,
            ["Identity:Clients:web:PostLogoutRedirectUris:0"] = "https://app.example/bye",
            ["Identity:Clients:web:GrantTypes:0"] = "authorization_code",
            ["Identity:Clients:web:GrantTypes:1"] = "refresh_token",
            ["Identity:Clients:web:GrantTypes:2"] = "client_credentials",
            ["Identity:Clients:web:Scopes:0"] = "openid",
            ["Identity:Clients:web:Scopes:1"] = "profile",
            ["Identity:Clients:web:Scopes:2"] = "email",
            ["Identity:Clients:web:Scopes:3"] = "phone",
            ["Identity:Clients:web:Scopes:4"] = "address",
            ["Identity:Clients:web:Scopes:5"] = "offline_access",
            ["Identity:Clients:web:Scopes:6"] = "api",
            ["Identity:Clients:web:Scopes:7"] = "orders",
            ["Identity:Clients:spa:Profile"] = "Spa",
            ["Identity:Clients:spa:RedirectUris:0"] = "https://spa.example/callback",
            ["Identity:Clients:spa:Scopes:0"] = "openid",
            ["Identity:Clients:spa:Scopes:1"] = "email",
            ["Identity:Clients:spa:Scopes:2"] = "offline_access",
            ["Identity:Clients:service:Profile"] = "Service",
            ["Identity:Clients:service:Secret"] = Secret,
            ["Identity:Clients:service:TokenEndpointAuthMethod"] = "client_secret_basic",
            ["Identity:Clients:service:Scopes:0"] = "api",
            ["Identity:Clients:orders-api:Profile"] = "Service",
            ["Identity:Clients:orders-api:Secret"] = Secret,
            ["Identity:Clients:orders-api:Scopes:0"] = "api",
            ["Identity:Clients:orders-api:Resources:0"] = "https://orders.example",
            ["Identity:Clients:bound:Profile"] = "Web",
            ["Identity:Clients:bound:Secret"] = Secret,
            ["Identity:Clients:bound:DpopBoundAccessTokens"] = "true",
            ["Identity:Clients:bound:RedirectUris:0"] = "https://bound.example/callback",
            ["Identity:Clients:bound:Scopes:0"] = "openid",
            ["Identity:Clients:asking:Profile"] = "Web",
            ["Identity:Clients:asking:Secret"] = Secret,
            ["Identity:Clients:asking:RequireConsent"] = "true",
            ["Identity:Clients:asking:IdTokenSignedResponseAlg"] = "ES256",
            ["Identity:Clients:asking:RedirectUris:0"] = "https://asking.example/callback",
            ["Identity:Clients:asking:Scopes:0"] = "openid",
            ["Identity:Clients:asking:Scopes:1"] = "email",
        };
}

/// <summary>A relying party and the person at its browser, against one host (or several of one provider).</summary>
public sealed class RelyingParty : IDisposable
{
    private readonly IdentityHost _host;

    public RelyingParty(
        IdentityHost host,
        string clientId = "web",
        string redirectUri = TestClients.RedirectUri,
        string? secret = null
    )
    {
        _host = host;
        (ClientId, RedirectUri) = (clientId, redirectUri);
        Secret =
            clientId is "spa" or "tv" or "native" || clientId.StartsWith("http", StringComparison.Ordinal)
                ? null
                : secret ?? TestClients.Secret;
        Browser = host.CreateClient();
        Backchannel = host.CreateClient();
    }

    public string ClientId { get; }
    public string RedirectUri { get; }
    public string? Secret { get; }

    /// <summary>The person's browser. Does not follow redirects.</summary>
    public HttpClient Browser { get; }

    /// <summary>The client's own connection.</summary>
    public HttpClient Backchannel { get; }

    /// <summary>The verifier of the last request (RFC 7636).</summary>
    public string Verifier { get; private set; } = "";

    /// <summary>The session of the browser.</summary>
    public ActiveSession? Session { get; private set; }

    /// <summary>Makes an account, without a password, and gives it all the claims there are.</summary>
    public static async Task<Guid> CreateUserAsync(TestDatabase database, string email)
    {
        var id = await database.ScalarAsync<Guid>(
            """
            INSERT INTO public.users (email, email_verified, name, given_name, family_name, phone_number,
                phone_number_verified, address, locale)
            VALUES (@email, true, 'Ada Lovelace', 'Ada', 'Lovelace', '+44 20 7946 0000', true, '{"country": "GB"}',
                'en-GB') RETURNING id
            """,
            ("email", email)
        );
        return id;
    }

    /// <summary>Signs a person in by making the session that the sign-in page would make, and giving its cookie to the
    /// browser.</summary>
    public async Task SignInAsync(Guid userId, string[]? amr = null)
    {
        var store = _host.Services.GetRequiredService<SessionStarter>();
        var start = await store.StartAsync(
            new NewSession(
                await ProofAsync(userId),
                amr ?? ["pwd"],
                amr is null ? null : AuthenticationContext.Of(amr),
                new RequestContext(IPAddress.Loopback, "test", null)
            ),
            CancellationToken.None
        );
        var started = start as SessionStart.Started ?? throw new InvalidOperationException($"No session: {start}.");
        Session = started.Session;
        UseCookie(started.Token.Value);
    }

    private async Task<CredentialProof> ProofAsync(Guid userId) =>
        (await _host.Services.GetRequiredService<UserStore>().FindAsync(userId, CancellationToken.None))?.Credential
        ?? throw new InvalidOperationException($"Nobody: {userId}.");

    /// <summary>Gives the browser a session cookie.</summary>
    public void UseCookie(string token)
    {
        Browser.DefaultRequestHeaders.Remove("Cookie");
        Browser.DefaultRequestHeaders.Add("Cookie", $"__Host-identity={token}");
    }

    /// <summary>An authorization request with everything that is required. Parameters given here win; a null one is
    /// left out.</summary>
    public string AuthorizeUrl(string scope = "openid", params (string Name, string? Value)[] parameters)
    {
        Verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        Dictionary<string, string?> all = new()
        {
            ["client_id"] = ClientId,
            ["redirect_uri"] = RedirectUri,
            ["response_type"] = "code",
            ["scope"] = scope,
            ["state"] = "state-1",
            ["nonce"] = "nonce-1",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in parameters)
            all[name] = value;
        return QueryHelpers.AddQueryString("/connect/authorize", all.Where(parameter => parameter.Value is not null));
    }

    /// <summary>The answer of the authorize endpoint to the client: the query of the redirect.</summary>
    public async Task<Dictionary<string, string>> AuthorizeAsync(
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        using var response = await Browser.GetAsync(AuthorizeUrl(scope, parameters));
        return AnswerOf(response);
    }

    /// <summary>Reads a redirect to the client.</summary>
    public Dictionary<string, string> AnswerOf(HttpResponseMessage response)
    {
        var location = response.Headers.Location?.OriginalString;
        if (
            response.StatusCode != HttpStatusCode.SeeOther
            || location?.StartsWith(RedirectUri, StringComparison.Ordinal) != true
        )
            throw new InvalidOperationException($"No answer to the client but {(int)response.StatusCode} {location}");
        return QueryHelpers
            .ParseQuery(new Uri(location).Query)
            .ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString());
    }

    /// <summary>A request to the token endpoint (or another that takes a form), authenticated by HTTP Basic where the
    /// client has a secret.</summary>
    public HttpRequestMessage Post(string path, params (string Name, string? Value)[] form)
    {
        var fields = form.Where(field => field.Value is not null)
            .Select(field => KeyValuePair.Create(field.Name, field.Value!))
            .ToList();
        HttpRequestMessage request = new(HttpMethod.Post, path);
        if (Secret is null)
            fields.Add(KeyValuePair.Create("client_id", ClientId));
        else
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Secret}"))
            );
        request.Content = new FormUrlEncodedContent(fields);
        return request;
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await Backchannel.SendAsync(request);
            return await Answer.ReadAsync(response);
        }
    }

    public HttpRequestMessage CodeRequest(string code, params (string Name, string? Value)[] more) =>
        Post(
            "/connect/token",
            [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", RedirectUri),
                ("code_verifier", Verifier),
                .. more,
            ]
        );

    public HttpRequestMessage RefreshRequest(string token, string? scope = null) =>
        Post("/connect/token", ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope));

    public Task<Answer> RedeemAsync(string code) => SendAsync(CodeRequest(code));

    public Task<Answer> RefreshAsync(string token, string? scope = null) => SendAsync(RefreshRequest(token, scope));

    /// <summary>From the session to tokens.</summary>
    public async Task<Answer> GetTokensAsync(string scope = "openid", params (string Name, string? Value)[] parameters)
    {
        var answer = await AuthorizeAsync(scope, parameters);
        return await RedeemAsync(
            answer.TryGetValue("code", out var code)
                ? code
                : throw new InvalidOperationException($"No code but {JsonSerializer.Serialize(answer)}")
        );
    }

    public async Task<Answer> UserInfoAsync(string accessToken)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/connect/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return await SendAsync(request);
    }

    public Task<Answer> IntrospectAsync(string token) => SendAsync(Post("/connect/introspect", ("token", token)));

    public void Dispose()
    {
        Browser.Dispose();
        Backchannel.Dispose();
    }
}

/// <summary>A JSON answer.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Json, string Text)
{
    public string? this[string name] =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value.ToString() : null;

    public string? AccessToken => this["access_token"];
    public string? RefreshToken => this["refresh_token"];
    public string? IdToken => this["id_token"];
    public string? Error => this["error"];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new(response.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : default, text);
    }

    /// <summary>Header and payload of a JWT, unverified.</summary>
    public static (JsonElement Header, JsonElement Payload) Decode(string token)
    {
        var parts = token.Split('.');
        return (
            JsonElement.Parse(Base64Url.DecodeFromChars(parts[0])),
            JsonElement.Parse(Base64Url.DecodeFromChars(parts[1]))
        );
    }
}
