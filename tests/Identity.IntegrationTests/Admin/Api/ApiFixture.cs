using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Server.Admin.Api.Contract;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Admin.Api;

/// <summary>A provider with a client for each built-in role, one that may nothing here, one for people, and one whose
/// tokens are bound to a key.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    /// <summary>A client for people.</summary>
    public const string Panel = "panel";
    public const string PanelCallback = "https://panel.example/callback";

    private readonly Dictionary<string, Task<string>> _tokens = new(StringComparer.Ordinal);
    private TestDatabase? _database;
    private IdentityHost? _host;

    public IdentityHost Host => _host!;

    public TestDatabase Database => _database!;

    public string Resource => Host.Issuer + AdminResource.Path;

    public T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    /// <summary>The settings of the clients.</summary>
    public static Dictionary<string, string?> Settings
    {
        get
        {
            Dictionary<string, string?> settings = new(TestClients.Settings);
            foreach (var role in AdminRole.Names)
                Service(settings, role, ScopesOf(role));
            Service(settings, "bound-robot", ["identity.users.read"]);
            settings["Identity:Clients:bound-robot:DpopBoundAccessTokens"] = "true";
            Service(settings, "reference-robot", ["identity.users.read"]);
            settings["Identity:Clients:reference-robot:AccessTokenFormat"] = "Reference";
            settings["Identity:PersonalTokens:Enabled"] = "true";
            settings["Identity:PersonalTokens:Scopes:0:Name"] = "orders";
            settings[$"Identity:Clients:{Panel}:Profile"] = "Web";
            settings[$"Identity:Clients:{Panel}:Secret"] = TestClients.Secret;
            settings[$"Identity:Clients:{Panel}:RedirectUris:0"] = PanelCallback;
            List(settings, Panel, ["openid", .. ScopesOf(AdminRole.Admin)]);
            return settings;
        }
    }

    /// <summary>The scopes that carry what a role allows.</summary>
    public static string[] ScopesOf(string role) =>
        [
            .. AdminRole
                .PermissionsOf(role, [])
                .Select(static permission => permission.Scope)
                .Order(StringComparer.Ordinal),
        ];

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _host = await IdentityHost.StartAsync(_database, Settings);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Calls as a client that holds what a role allows.</summary>
    public async Task<ApiCaller> AsAsync(string client = AdminRole.Admin) =>
        new(Host.CreateClient(), await TokenAsync(client));

    /// <summary>Calls with any token.</summary>
    public ApiCaller With(string? token, string scheme = "Bearer") => new(Host.CreateClient(), token, scheme);

    /// <summary>An access token of a service.</summary>
    public Task<string> TokenAsync(string client)
    {
        lock (_tokens)
        {
            if (!_tokens.TryGetValue(client, out var token))
                _tokens[client] = token = ObtainAsync(client);
            return token;
        }
    }

    /// <summary>An access token of a person, who has just signed in.</summary>
    public async Task<string> PersonTokenAsync(Guid userId, string? scope = null, params string[] amr)
    {
        using RelyingParty party = new(Host, Panel, PanelCallback);
        await party.SignInAsync(userId, amr.Length == 0 ? ["pwd", "otp", "mfa"] : amr);
        var tokens = await party.GetTokensAsync(scope ?? $"openid {string.Join(' ', ScopesOf(AdminRole.Admin))}");
        return tokens.AccessToken!;
    }

    /// <summary>Somebody without any role.</summary>
    public async Task<(Guid Id, string Email)> UserAsync()
    {
        var email = $"p{Guid.NewGuid():N}@example.org";
        return (await RelyingParty.CreateUserAsync(Database, email), email);
    }

    /// <summary>Somebody with an administrative role.</summary>
    public async Task<Guid> HolderAsync(string role)
    {
        var (id, _) = await UserAsync();
        var rows = await Database.ExecuteAsync(
            "INSERT INTO idp.user_roles (user_id, role_id) SELECT @user, id FROM idp.roles WHERE name = @role",
            ("user", id),
            ("role", role)
        );
        Assert.Equal(1, rows);
        return id;
    }

    /// <summary>How many audit rows of an action there are about somebody or, for null, at all.</summary>
    public Task<long> AuditedAsync(string action, Guid? user = null) =>
        Database.ScalarAsync<long>(
            "SELECT count(*) FROM audit_logs WHERE details ->> 'action' = @action "
                + "AND (@user IS NULL OR user_id = @user)",
            ("action", action),
            ("user", Identity.Core.Data.SqlNull.Uuid(user))
        );

    private async Task<string> ObtainAsync(string client)
    {
        using var http = Host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
        };
        request.Headers.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client}:{TestClients.Secret}"))
        );
        using var response = await http.SendAsync(request);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        return json.GetProperty("access_token").GetString()!;
    }

    private static void Service(Dictionary<string, string?> settings, string id, string[] scopes)
    {
        settings[$"Identity:Clients:{id}:Profile"] = "Service";
        settings[$"Identity:Clients:{id}:Secret"] = TestClients.Secret;
        settings[$"Identity:Clients:{id}:TokenEndpointAuthMethod"] = "client_secret_basic";
        List(settings, id, scopes);
    }

    private static void List(Dictionary<string, string?> settings, string id, string[] scopes)
    {
        for (var i = 0; i < scopes.Length; i++)
            settings[$"Identity:Clients:{id}:Scopes:{i.ToString(CultureInfo.InvariantCulture)}"] = scopes[i];
    }
}

/// <summary>Calls the API with one token.</summary>
public sealed class ApiCaller(HttpClient http, string? token, string scheme = "Bearer")
{
    public string? Token => token;

    public Task<ApiResponse> GetAsync(string path) => SendAsync("GET", path);

    public Task<ApiResponse> PostAsync(
        string path,
        object? body = null,
        params (string Name, string Value)[] headers
    ) => SendAsync("POST", path, body, headers);

    /// <summary>Sends a request.</summary>
    /// <param name="path">After <c>/api/v1</c>.</param>
    /// <param name="body">Text as it is, anything else as JSON; null for none.</param>
    public async Task<ApiResponse> SendAsync(
        string method,
        string path,
        object? body = null,
        params (string Name, string Value)[] headers
    )
    {
        using HttpRequestMessage request = new(new HttpMethod(method), AdminResource.Path + path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue(scheme, token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(
                body as string ?? JsonSerializer.Serialize(body),
                Encoding.UTF8,
                "application/json"
            );
        using var response = await http.SendAsync(request);
        return await ApiResponse.ReadAsync(response);
    }
}

/// <summary>An answer of the API.</summary>
public sealed record ApiResponse(
    HttpStatusCode Status,
    string Text,
    JsonElement Json,
    IReadOnlyDictionary<string, string> Headers
)
{
    public string? ETag => Headers.GetValueOrDefault("ETag");

    /// <summary>The code of a problem.</summary>
    public string? Code => this["code"];

    /// <summary>The fields at fault.</summary>
    public string[] Fields =>
        [
            .. Json.GetProperty("errors")
                .EnumerateArray()
                .Select(static fault => fault.GetProperty("field").GetString()!),
        ];

    public string? this[string name] =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value.ToString() : null;

    public Guid Id => Json.GetProperty("id").GetGuid();

    public static async Task<ApiResponse> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or ApiProblem.MediaType;
        return new(
            response.StatusCode,
            text,
            isJson && text.Length > 0 ? JsonElement.Parse(text) : default,
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(
                    static header => header.Key,
                    static header => string.Join(", ", header.Value),
                    StringComparer.OrdinalIgnoreCase
                )
        );
    }

    /// <summary>The same, which must have this status.</summary>
    public ApiResponse Must(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{(int)Status} where {(int)status} was expected: {Text}");
        return this;
    }
}
