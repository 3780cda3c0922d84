using System.Text.Json;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Conformance;

/// <summary>
/// The real host that the modules of one plan share, as a relying party finds it: by its issuer and what that
/// publishes. A plan that needs other clients or other settings derives from this.
/// </summary>
/// <remarks>
/// A plan is a class and a module a method, organised like the plans of the OpenID Foundation's suite and written from
/// the specifications. The relying party is
/// <see cref="StrictClient"/>, which takes nothing on trust; the person at the browser is <see cref="Person"/>, who
/// uses the pages.
/// </remarks>
public class ConformanceProvider : IAsyncLifetime
{
    private TestDatabase? _database;
    private ConfiguredProvider? _provider;

    /// <summary>The relying party of most modules: confidential, code and refresh.</summary>
    internal Registration Client { get; } =
        new("conformance", "https://rp.example/callback")
        {
            Scopes = "openid profile email address phone offline_access api",
        };

    /// <summary>Another one, from which the first must be kept apart.</summary>
    internal Registration Other { get; } = new("conformance-other", "https://other.example/callback");

    /// <summary>Everything registered. Configuration, as any operator writes it.</summary>
    internal virtual IEnumerable<Registration> Registrations => [Client, Other];

    /// <summary>More settings of the provider.</summary>
    internal virtual IEnumerable<KeyValuePair<string, string?>> Settings => [];

    /// <summary>The program, its database, its issuer.</summary>
    public ConfiguredProvider Provider => _provider!;

    /// <summary>The issuer, letter by letter.</summary>
    public string Issuer => Provider.Issuer.AbsoluteUri;

    /// <summary>What discovery says.</summary>
    internal Metadata Metadata { get; private set; } = null!;

    /// <summary>The relying party's own connection. Follows no redirect, keeps no cookie.</summary>
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Has every claim there is.</summary>
    internal UserAccount Ada { get; private set; } = null!;

    /// <summary>Somebody else.</summary>
    internal UserAccount Bob { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Dictionary<string, string?> settings = new() { ["Identity:Sessions:MaxPerUser"] = "1000" };
        foreach (
            var (key, value) in Registrations.SelectMany(static registration => registration.Settings).Concat(Settings)
        )
            settings[key] = value;
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _provider = await ConfiguredProvider.StartAsync(_database, settings);
        (Ada, Bob) = (await Provider.AddUserAsync(name: "Ada Lovelace"), await Provider.AddUserAsync(name: "Bob Plum"));
        await _database.ExecuteAsync(
            """
            UPDATE public.users SET given_name = 'Ada', family_name = 'Lovelace', phone_number = '+44 20 7946 0000',
                phone_number_verified = true,
              address = '{"country": "GB"}', locale = 'en-GB' WHERE id = @id
            """,
            ("id", Ada.Id)
        );
        Metadata = new(await JsonAsync(new Uri(Provider.Issuer, ".well-known/openid-configuration").AbsoluteUri));
    }

    public virtual async Task DisposeAsync()
    {
        Http.Dispose();
        if (_provider is not null)
            await _provider.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    /// <summary>A browser with nothing in it, and Ada before it.</summary>
    internal Person Browser() => new(this, Ada);

    /// <summary>A browser with nothing in it, and Bob before it.</summary>
    internal Person BrowserOfBob() => new(this, Bob);

    /// <summary>A public document.</summary>
    internal async Task<JsonElement> JsonAsync(string url)
    {
        using var response = await Http.GetAsync(url);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        return await StrictJson.ReadAsync(response);
    }
}

/// <summary>What a client registered. No redirect URI: none is sent to it.</summary>
internal sealed record Registration(string ClientId, string RedirectUri)
{
    /// <summary>Null for a public client.</summary>
    public string? Secret { get; init; } = ConfiguredProvider.NewSecret();

    public string Profile { get; init; } = "Web";
    public string Scopes { get; init; } = "openid email offline_access";

    /// <summary>Null: code, and refresh where there is offline access.</summary>
    public string? GrantTypes { get; init; }

    /// <summary>What else it registered, by the names of its section.</summary>
    public IReadOnlyDictionary<string, string?> More { get; init; } = new Dictionary<string, string?>();

    public IEnumerable<KeyValuePair<string, string?>> Settings
    {
        get
        {
            var section = $"Identity:Clients:{ClientId}:";
            yield return new(section + "Profile", Profile);
            if (Secret is not null)
                yield return new(section + "Secret", Secret);
            if (RedirectUri.Length > 0)
                yield return new(section + "RedirectUris:0", RedirectUri);
            foreach (var (list, values) in new[] { ("Scopes", Scopes), ("GrantTypes", GrantTypes) })
            {
                foreach (var (index, value) in values?.Split(' ').Index() ?? [])
                    yield return new($"{section}{list}:{index}", value);
            }

            foreach (var (name, value) in More)
                yield return new(section + name, value);
        }
    }
}

/// <summary>The discovery document.</summary>
internal sealed record Metadata(JsonElement Document)
{
    public string AuthorizationEndpoint => Text("authorization_endpoint");
    public string TokenEndpoint => Text("token_endpoint");
    public string UserInfoEndpoint => Text("userinfo_endpoint");
    public string JwksUri => Text("jwks_uri");
    public string EndSessionEndpoint => Text("end_session_endpoint");
    public string RevocationEndpoint => Text("revocation_endpoint");
    public string IntrospectionEndpoint => Text("introspection_endpoint");

    public string Text(string name) => Document.GetProperty(name).GetString()!;

    public bool Flag(string name) => Document.TryGetProperty(name, out var value) && value.GetBoolean();

    public string[] List(string name) =>
        Document.TryGetProperty(name, out var values)
            ? [.. values.EnumerateArray().Select(static value => value.GetString()!)]
            : [];
}

/// <summary>JSON without a repeated member, by its media type.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(), Options);
        return document.RootElement.Clone();
    }

    public static JsonElement Read(byte[] utf8)
    {
        using var document = JsonDocument.Parse(utf8, Options);
        return document.RootElement.Clone();
    }
}
