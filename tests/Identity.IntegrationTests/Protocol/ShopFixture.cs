using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Protocol;

/// <summary>A provider with a shop that may name resources and payments, a client with reference tokens, and
/// Ada.</summary>
public sealed class ShopFixture : IAsyncLifetime
{
    public const string ShopRedirect = "https://shop.example/callback";
    public const string OpaqueRedirect = "https://opaque.example/callback";

    public TestDatabase Database { get; private set; } = null!;
    public IdentityHost Host { get; private set; } = null!;
    public Guid UserId { get; private set; }

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        UserId = await RelyingParty.CreateUserAsync(Database, "ada@example.com");
        Host = await IdentityHost.StartAsync(Database, Settings);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
    }

    public async Task<RelyingParty> SignedInAsync(string clientId = "shop", string redirectUri = ShopRedirect)
    {
        RelyingParty party = new(Host, clientId, redirectUri);
        await party.SignInAsync(UserId);
        return party;
    }

    /// <summary>An authorization request with any number of resources.</summary>
    public static async Task<Dictionary<string, string>> AuthorizeAsync(
        RelyingParty party,
        string scope,
        params string[] resources
    )
    {
        using var response = await party.Browser.GetAsync(
            resources.Aggregate(
                party.AuthorizeUrl(scope),
                (url, resource) => QueryHelpers.AddQueryString(url, "resource", resource)
            )
        );
        return party.AnswerOf(response);
    }

    /// <summary>The same form with more fields, of which one name may stand twice.</summary>
    public static HttpRequestMessage With(HttpRequestMessage request, params (string Name, string Value)[] more)
    {
        var form = request.Content!.ReadAsStringAsync().GetAwaiter().GetResult();
        request.Content = new StringContent(
            string.Join('&', more.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}").Prepend(form)),
            null,
            "application/x-www-form-urlencoded"
        );
        return request;
    }

    /// <summary>The audience of a JWT, as a list.</summary>
    public static string[] Audiences(string token)
    {
        var audience = Answer.Decode(token).Payload.GetProperty("aud");
        return audience.ValueKind == System.Text.Json.JsonValueKind.Array
            ? [.. audience.EnumerateArray().Select(one => one.GetString()!)]
            : [audience.GetString()!];
    }

    private static Dictionary<string, string?> Settings
    {
        get
        {
            Dictionary<string, string?> settings = new(ProtocolFixture.Settings)
            {
                ["Identity:AuthorizationDetails:Types:payment:Text"] = "Pay {amount} {currency} to {creditor}",
                ["Identity:AuthorizationDetails:Types:payment:Fields:amount:Kind"] = "number",
                ["Identity:AuthorizationDetails:Types:payment:Fields:amount:Required"] = "true",
                ["Identity:AuthorizationDetails:Types:payment:Fields:currency:Values:0"] = "EUR",
                ["Identity:AuthorizationDetails:Types:payment:Fields:currency:Required"] = "true",
                ["Identity:AuthorizationDetails:Types:payment:Fields:creditor:Required"] = "true",
                ["Identity:AuthorizationDetails:Types:secret:Text"] = "Nothing",
                ["Identity:Clients:shop:AuthorizationDetailsTypes:0"] = "payment",
                ["Identity:Clients:shop:AllowedResources:0"] = "https://extra.example",
                ["Identity:Clients:opaque:AccessTokenFormat"] = "Reference",
            };
            foreach (var (id, redirect) in new[] { ("shop", ShopRedirect), ("opaque", OpaqueRedirect) })
            {
                settings[$"Identity:Clients:{id}:Profile"] = "Web";
                settings[$"Identity:Clients:{id}:Secret"] = TestClients.Secret;
                settings[$"Identity:Clients:{id}:RedirectUris:0"] = redirect;
                foreach (
                    var (list, values) in new[]
                    {
                        ("GrantTypes", "authorization_code refresh_token client_credentials"),
                        ("Scopes", "openid email offline_access api orders"),
                    }
                )
                {
                    foreach (var (value, index) in values.Split(' ').Select((value, index) => (value, index)))
                        settings[$"Identity:Clients:{id}:{list}:{index}"] = value;
                }
            }
            return settings;
        }
    }
}
