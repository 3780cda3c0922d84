using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Identity.Testing.Social;

/// <summary>What a provider sends the browser back with.</summary>
public sealed record SocialAnswer(string Path, IReadOnlyDictionary<string, string?> Fields, bool IsPost)
{
    /// <summary>The address, for an answer by GET.</summary>
    public string Address => QueryHelpers.AddQueryString(Path, Fields);
}

/// <summary>One host that answers as every provider of <see cref="SocialProvider.All"/> does by its documentation. The
/// host and path of the real address are the path here. What a provider would refuse is refused.</summary>
public sealed class SocialStandIn : IAsyncDisposable
{
    public const string ClientId = "client-here";
    public const string Secret = "secret-that-nobody-may-log";
    public const string AppleTeam = "TEAM123456";
    public const string AppleKey = "KEY1234567";

    private const string Json = "application/json";

    private readonly ConcurrentDictionary<string, Code> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (SocialProvider Provider, SocialPerson Person)> _tokens = new(
        StringComparer.Ordinal
    );
    private readonly SocialTokens _idTokens = new();
    private readonly ECDsa _appleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly WebApplication _app;

    private sealed record Code(
        SocialProvider Provider,
        SocialPerson Person,
        string RedirectUri,
        string? Challenge,
        string? Nonce
    );

    private SocialStandIn(WebApplication app)
    {
        _app = app;
        AppleKeyFile = Path.Combine(Path.GetTempPath(), $"apple-{Guid.NewGuid():N}.p8");
        File.WriteAllText(AppleKeyFile, _appleKey.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Where it is.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The private key that Apple knows as <see cref="AppleKey"/>.</summary>
    public string AppleKeyFile { get; }

    /// <summary>The person who is signed in at the provider that a browser is sent to.</summary>
    public SocialPerson? InBrowser { get; set; }

    public static async Task<SocialStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        SocialStandIn standIn = new(builder.Build());
        standIn._app.Run(standIn.AnswerAsync);
        await standIn._app.StartAsync();
        standIn.Address = new(standIn._app.Urls.Single());
        return standIn;
    }

    /// <summary>Leads calls to the real addresses here.</summary>
    public HttpMessageHandler CreateHandler() => new Detour(Address);

    /// <summary>The settings of every provider, by configuration key.</summary>
    public Dictionary<string, string?> Settings()
    {
        Dictionary<string, string?> settings = [];
        foreach (var provider in SocialProvider.All)
        {
            var section = $"Identity:ExternalProviders:{provider.Name}:";
            settings[section + "Type"] = provider.Type;
            settings[section + "ClientId"] = ClientId;
            settings[section + "SignUp"] = "true";
            if (provider.Type == "Apple")
            {
                settings[section + "TeamId"] = AppleTeam;
                settings[section + "KeyId"] = AppleKey;
                settings[section + "KeyFile"] = AppleKeyFile;
            }
            else
                settings[section + "ClientSecret"] = Secret;
        }
        settings["Identity:ExternalProviders:tenant:Tenant"] = SocialProvider.WorkTenant;
        settings["Identity:ExternalProviders:tenant:DisplayName"] = "The Office";
        return settings;
    }

    /// <summary>What the provider answers to an authorization request once the person has agreed.</summary>
    /// <param name="isFirst">Whether the person agrees for the first time: then Apple sends the name.</param>
    public SocialAnswer Agree(string target, SocialProvider provider, SocialPerson person, bool isFirst = true)
    {
        var asked = Read(target, provider);
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = new(
            provider,
            person,
            asked["redirect_uri"],
            asked.GetValueOrDefault("code_challenge"),
            asked.GetValueOrDefault("nonce")
        );
        Dictionary<string, string?> fields = new() { ["code"] = code, ["state"] = asked["state"] };
        if (provider.Type == "Apple" && isFirst)
            fields["user"] =
                "{\"name\":{\"firstName\":\"Ada\",\"lastName\":\"Plum\"},\"email\":\"somebody@else.example\"}";
        return Answer(asked, fields, provider);
    }

    /// <summary>What it answers if the person declines.</summary>
    public static SocialAnswer Decline(string target, SocialProvider provider)
    {
        var asked = Read(target, provider);
        Dictionary<string, string?> fields = new() { ["error"] = provider.Denial, ["state"] = asked["state"] };
        if (provider.Type == "Facebook")
            fields["error_reason"] = "user_denied";
        fields["error_description"] = "The <b>user</b> ada@example.org denied the request";
        return Answer(asked, fields, provider);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _idTokens.Dispose();
        _appleKey.Dispose();
        File.Delete(AppleKeyFile);
    }

    private static SocialAnswer Answer(
        Dictionary<string, string> asked,
        Dictionary<string, string?> fields,
        SocialProvider provider
    ) => new(new Uri(asked["redirect_uri"]).AbsolutePath, fields, provider.IsFormPost);

    // An authorization request that the provider would show an error for fails the test.
    private static Dictionary<string, string> Read(string target, SocialProvider provider)
    {
        Uri uri = new(target);
        Assert.Equal(provider.Authorize, uri.GetLeftPart(UriPartial.Path));
        var asked = QueryHelpers
            .ParseQuery(uri.Query)
            .ToDictionary(static field => field.Key, static field => field.Value.Single()!);
        Assert.Equal("code", asked["response_type"]);
        Assert.Equal(ClientId, asked["client_id"]);
        Assert.Equal(provider.Scope, asked["scope"]);
        Assert.EndsWith("/external/callback/" + provider.Name, asked["redirect_uri"], StringComparison.Ordinal);
        Assert.Equal(provider.IsFormPost ? "form_post" : null, asked.GetValueOrDefault("response_mode"));
        Assert.Equal(provider.HasNonceAndPkce, asked.ContainsKey("code_challenge"));
        Assert.Equal(provider.HasNonceAndPkce && provider.Issuer is not null, asked.ContainsKey("nonce"));
        return asked;
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path == "/login/oauth/authorize")
        {
            await EnterpriseAsync(http);
            return;
        }
        var real = path switch
        {
            "/login/oauth/access_token" => SocialProvider.Of("github").Token,
            _ when path.StartsWith("/api/v3/", StringComparison.Ordinal) => "https://api.github.com" + path[7..],
            _ => "https:/" + path,
        };
        foreach (var provider in SocialProvider.All)
        {
            if (provider.Issuer is not null && real == provider.Discovery)
                await WriteAsync(http, 200, Discovery(provider));
            else if (provider.Keys == real)
                await WriteAsync(http, 200, _idTokens.KeySet(provider));
            else if (provider.Token == real)
                await TokenAsync(http, provider);
            else if (provider.Api.Length > 0 && real.StartsWith(provider.Api, StringComparison.Ordinal))
                await ApiAsync(http, provider, real);
            else
                continue;
            return;
        }
        http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    // The page of an instance of one's own, for a real browser.
    private async Task EnterpriseAsync(HttpContext http)
    {
        var provider = SocialProvider.Of("github");
        var answer = Agree(provider.Authorize + http.Request.QueryString, provider, InBrowser!);
        Uri back = new(new Uri(http.Request.Query["redirect_uri"].ToString()), answer.Address);
        http.Response.ContentType = "text/html";
        await http.Response.WriteAsync(
            $"<!doctype html><title>Authorize</title><a href=\"{System.Net.WebUtility.HtmlEncode(back.AbsoluteUri)}\">"
                + "Authorize Identity</a>"
        );
    }

    private static object Discovery(SocialProvider provider) =>
        new Dictionary<string, object>
        {
            ["issuer"] = provider.Issuer!,
            ["authorization_endpoint"] = provider.Authorize,
            ["token_endpoint"] = provider.Token,
            ["jwks_uri"] = provider.Keys,
            ["userinfo_endpoint"] = provider.Api.Length > 0 ? provider.Api : provider.Issuer + "/not-asked",
            ["response_types_supported"] = (string[])["code"],
            ["id_token_signing_alg_values_supported"] = (string[])["RS256"],
        };

    private async Task TokenAsync(HttpContext http, SocialProvider provider)
    {
        var form = await http.Request.ReadFormAsync();
        if (
            !_codes.TryRemove(form["code"].ToString(), out var code)
            || form["grant_type"] != "authorization_code"
            || form["client_id"] != ClientId
            || form["redirect_uri"] != code.RedirectUri
            || !IsVerifier(form["code_verifier"], code.Challenge)
            || !IsSecret(provider, form["client_secret"].ToString())
            || code.Person.Fault == SocialFault.RefusedCode
        )
        {
            await RefuseAsync(http, provider);
            return;
        }
        if (await BreaksAsync(http, code.Person))
            return;
        var token = "token-" + Guid.NewGuid().ToString("N");
        _tokens[token] = (provider, code.Person);
        Dictionary<string, object> answer = new() { ["access_token"] = token, ["token_type"] = "bearer" };
        if (provider.Type != "GitHub")
            answer["expires_in"] = 3600;
        if (provider.Issuer is not null)
            answer["id_token"] = _idTokens.IdToken(provider, code.Person, ClientId, code.Nonce);
        await WriteAsync(http, 200, answer);
    }

    private static bool IsVerifier(string? verifier, string? challenge) =>
        challenge is null
            ? string.IsNullOrEmpty(verifier)
            : Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier ?? ""))) == challenge;

    // A JWT of the team for Apple, signed with its key and valid for six months at most; a shared secret elsewhere.
    private bool IsSecret(SocialProvider provider, string secret)
    {
        if (provider.Type != "Apple")
            return secret == Secret;
        var result = new JsonWebTokenHandler()
            .ValidateTokenAsync(
                secret,
                new TokenValidationParameters
                {
                    ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                    ValidIssuer = AppleTeam,
                    ValidAudience = "https://appleid.apple.com",
                    IssuerSigningKey = new ECDsaSecurityKey(_appleKey) { KeyId = AppleKey },
                    TryAllIssuerSigningKeys = false,
                }
            )
            .GetAwaiter()
            .GetResult();
        return result.IsValid
            && result.Claims["sub"] is ClientId
            && result.SecurityToken is JsonWebToken token
            && token.ValidTo - token.IssuedAt < TimeSpan.FromDays(180);
    }

    private static Task RefuseAsync(HttpContext http, SocialProvider provider) =>
        provider.Type switch
        {
            "GitHub" => WriteAsync(
                http,
                200,
                new { error = "bad_verification_code", error_description = "The code of ada@example.org expired." }
            ),
            "Facebook" => WriteAsync(
                http,
                400,
                new
                {
                    error = new
                    {
                        message = "ada@example.org used this code",
                        type = "OAuthException",
                        code = 100,
                        fbtrace_id = "AbC",
                    },
                }
            ),
            _ => WriteAsync(
                http,
                400,
                new { error = "invalid_grant", error_description = "The code of ada@example.org is wrong." }
            ),
        };

    private async Task ApiAsync(HttpContext http, SocialProvider provider, string real)
    {
        var token = http.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        if (
            !_tokens.TryGetValue(token, out var known)
            || known.Provider != provider
            || known.Person.Fault == SocialFault.RefusedToken
        )
        {
            await WriteAsync(http, 401, new { message = "Bad credentials of ada@example.org" });
            return;
        }
        var person = known.Person;
        var answer = provider.Type switch
        {
            "GitHub" => GitHub(http, person, real),
            "Facebook" => Facebook(http, person, token),
            "Discord" => new
            {
                id = person.Id,
                username = "ada",
                discriminator = "0",
                global_name = person.Name,
                verified = person.IsVerified,
                email = person.Email,
            },
            _ => new Dictionary<string, object?>
            {
                ["sub"] = person.Id,
                ["name"] = person.Name,
                ["email"] = person.Email,
                ["email_verified"] = person.IsVerified,
            },
        };
        await WriteAsync(http, answer is null ? 403 : 200, answer ?? new { message = "Forbidden" });
    }

    private static object? GitHub(HttpContext http, SocialPerson person, string real)
    {
        if (http.Request.Headers.UserAgent.Count == 0)
            return null;
        if (real.EndsWith("/emails", StringComparison.Ordinal))
            // No scope for addresses, no list.
            return person.Email is null
                ? null
                : new object[]
                {
                    new
                    {
                        email = "other@example.org",
                        primary = false,
                        verified = true,
                        visibility = (string?)null,
                    },
                    new
                    {
                        email = person.Email,
                        primary = true,
                        verified = person.IsVerified,
                        visibility = "private",
                    },
                };
        return new
        {
            id = long.Parse(person.Id, CultureInfo.InvariantCulture),
            login = "ada",
            name = person.Name,
            // Public, chosen by the person, and not to be trusted.
            email = "public@example.org",
        };
    }

    private static object? Facebook(HttpContext http, SocialPerson person, string token)
    {
        var proof = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes(token))
        );
        return http.Request.Query["appsecret_proof"] == proof && http.Request.Query["fields"] == "id,name,email"
            ? person.Email is null
                ? new { id = person.Id, name = person.Name }
                : new
                {
                    id = person.Id,
                    name = person.Name,
                    email = person.Email,
                }
            : null;
    }

    private static async Task<bool> BreaksAsync(HttpContext http, SocialPerson person)
    {
        if (person.Fault == SocialFault.BrokenConnection)
            http.Abort();
        if (person.Fault == SocialFault.Silence)
            await Task.Delay(TimeSpan.FromSeconds(5), http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return person.Fault is SocialFault.BrokenConnection or SocialFault.Silence;
    }

    private static Task WriteAsync(HttpContext http, int status, object answer)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = Json;
        return http.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(answer));
    }

    private sealed class Detour(Uri standIn)
        : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var real = request.RequestUri!;
            if (real.Authority != standIn.Authority)
                request.RequestUri = new(standIn, "/" + real.Host + real.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
