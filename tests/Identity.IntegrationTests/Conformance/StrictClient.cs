using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Conformance;

/// <summary>An authorization request, and what must be remembered until its answer comes.</summary>
internal sealed record AuthorizationRequest(IReadOnlyDictionary<string, string> Parameters, string Verifier)
{
    public string? State => Parameters.GetValueOrDefault("state");
    public string? Nonce => Parameters.GetValueOrDefault("nonce");
    public string RedirectUri => Parameters["redirect_uri"];
}

/// <summary>What came back to the client: a code or an error, never both.</summary>
internal sealed record AuthorizationAnswer(Visit Visit, string? Code, string? Error);

/// <summary>The tokens of one answer, of which the ID token has been verified.</summary>
internal sealed record Tokens(JsonElement Answer, Jwt? IdToken)
{
    public string AccessToken => Answer.GetProperty("access_token").GetString()!;
    public string? RefreshToken => Text("refresh_token");
    public string? IdTokenText => Text("id_token");
    public string[] Scopes => Text("scope")?.Split(' ') ?? [];

    private string? Text(string name) => Answer.TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <summary>A relying party that checks everything that the specifications let it check, and stops at the first thing
/// that is not so.</summary>
internal sealed class StrictClient(ConformanceProvider plan, Registration registration)
{
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    /// <summary>How it authenticates.</summary>
    public string AuthMethod { get; init; } = registration.Secret is null ? "none" : "client_secret_basic";

    /// <summary>The algorithm of its ID tokens: RS256 unless it registered another (OIDC Registration 2).</summary>
    public string IdTokenAlgorithm { get; init; } = "RS256";

    public Registration Registration => registration;

    public string ClientId => registration.ClientId;

    /// <summary>A request with all that is required. Parameters given here win; a null one is left out.</summary>
    public AuthorizationRequest Request(string scope = "openid", params (string Name, string? Value)[] parameters)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            ["client_id"] = ClientId,
            ["redirect_uri"] = registration.RedirectUri,
            ["response_type"] = "code",
            ["scope"] = scope,
            ["state"] = NewText(),
            ["nonce"] = NewText(),
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in parameters)
        {
            if (value is null)
                all.Remove(name);
            else
                all[name] = value;
        }

        return new(all, verifier);
    }

    /// <summary>The address to which it sends the person.</summary>
    public string Url(AuthorizationRequest request) =>
        QueryHelpers.AddQueryString(plan.Metadata.AuthorizationEndpoint, request.Parameters!);

    /// <summary>Sends the person there and reads what they bring back (RFC 6749 4.1.2, RFC 9207).</summary>
    public async Task<AuthorizationAnswer> AuthorizeAsync(Person person, AuthorizationRequest request) =>
        Read(request, await person.GoAsync(Url(request), request.RedirectUri));

    /// <summary>Reads an answer: no parameter twice, state and issuer as they must be, a code or an error.</summary>
    public AuthorizationAnswer Read(AuthorizationRequest request, Visit visit)
    {
        Assert.True(
            visit.Answer is not null,
            $"No answer but {(int)visit.Page.Status} {visit.Page.Address}: {visit.Page.Text}"
        );
        Assert.Equal(visit.Answer.Count, visit.Answer.Select(static parameter => parameter.Name).Distinct().Count());
        var answer = visit.Answer.ToDictionary(static parameter => parameter.Name, static parameter => parameter.Value);
        Assert.Equal(request.State, answer.GetValueOrDefault("state"));
        Assert.Equal(plan.Issuer, answer.GetValueOrDefault("iss"));
        Assert.DoesNotContain(answer.Keys, static name => name is "id_token" or "access_token");
        var (code, error) = (answer.GetValueOrDefault("code"), answer.GetValueOrDefault("error"));
        Assert.True(code is null != error is null, "A code or an error, and not both.");
        if (error is not null)
            AssertErrorText(error, answer.GetValueOrDefault("error_description"));
        return new(visit, code, error);
    }

    /// <summary>From the person to verified tokens.</summary>
    public async Task<Tokens> SignInAsync(
        Person person,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    ) => (await SignInSeenAsync(person, scope, parameters)).Tokens;

    /// <summary>The same, with the way there.</summary>
    public async Task<(Tokens Tokens, Visit Visit)> SignInSeenAsync(
        Person person,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        var request = Request(scope, parameters);
        var answer = await AuthorizeAsync(person, request);
        Assert.True(answer.Code is not null, $"No code but {answer.Error}.");
        return (await RedeemAsync(request, answer.Code), answer.Visit);
    }

    /// <summary>Redeems a code and verifies what comes (OIDC Core 3.1.3).</summary>
    public async Task<Tokens> RedeemAsync(AuthorizationRequest request, string code)
    {
        var tokens = await TokensAsync(CodeForm(request, code), request.Nonce);
        // OIDC Core 3.1.3.3.
        Assert.NotNull(tokens.IdToken);
        if (request.Parameters.ContainsKey("max_age"))
            Assert.True(tokens.IdToken.Has("auth_time"));
        return tokens;
    }

    public (string Name, string? Value)[] CodeForm(AuthorizationRequest request, string code) =>
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.RedirectUri),
            ("code_verifier", request.Verifier),
        ];

    /// <summary>Asks for tokens and verifies what comes.</summary>
    public async Task<Tokens> TokensAsync((string Name, string? Value)[] form, string? nonce = null)
    {
        using var response = await PostAsync(plan.Metadata.TokenEndpoint, form);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        AssertNotKept(response);
        var answer = await StrictJson.ReadAsync(response);
        Assert.Equal("Bearer", answer.GetProperty("token_type").GetString(), ignoreCase: true);
        Assert.True(answer.GetProperty("expires_in").GetInt64() > 0);
        Assert.NotEmpty(answer.GetProperty("access_token").GetString()!);
        Tokens tokens = new(answer, null);
        return tokens.IdTokenText is { } text
            ? tokens with
            {
                IdToken = await VerifyIdTokenAsync(text, tokens.AccessToken, nonce),
            }
            : tokens;
    }

    /// <summary>Asks the token endpoint for what must be refused, and hands out the error's code (RFC 6749
    /// 5.2).</summary>
    public async Task<string> RefusedAsync(params (string Name, string? Value)[] form)
    {
        using var response = await PostAsync(plan.Metadata.TokenEndpoint, form);
        return await ReadErrorAsync(response);
    }

    /// <summary>Reads an error of the token endpoint and of those that answer like it.</summary>
    public async Task<string> ReadErrorAsync(HttpResponseMessage response)
    {
        var answer = await StrictJson.ReadAsync(response);
        var error = answer.GetProperty("error").GetString()!;
        AssertErrorText(
            error,
            answer.TryGetProperty("error_description", out var description) ? description.GetString() : null
        );
        AssertNotKept(response);
        if (error == "invalid_client")
        {
            Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized });
            // Who came by the Authorization header is told the scheme (RFC 6749 5.2).
            if (AuthMethod == "client_secret_basic")
                Assert.Contains(response.Headers.WwwAuthenticate, static challenge => challenge.Scheme == "Basic");
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        return error;
    }

    /// <summary>Posts a form, authenticated in the client's way.</summary>
    public async Task<HttpResponseMessage> PostAsync(string url, params (string Name, string? Value)[] form)
    {
        var fields = form.Where(static field => field.Value is not null)
            .Select(static field => KeyValuePair.Create(field.Name, field.Value!))
            .ToList();
        using HttpRequestMessage request = new(HttpMethod.Post, url);
        if (AuthMethod == "client_secret_basic")
        {
            // Each half is form-encoded first (RFC 6749 2.3.1).
            var pair = $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(registration.Secret!)}";
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }
        else
        {
            fields.Add(new("client_id", ClientId));
            if (AuthMethod == "client_secret_post")
                fields.Add(new("client_secret", registration.Secret!));
        }

        request.Content = new FormUrlEncodedContent(fields);
        return await plan.Http.SendAsync(request);
    }

    /// <summary>Userinfo, of the very person that the ID token is about (OIDC Core 5.3.2).</summary>
    public async Task<JsonElement> UserInfoAsync(Tokens tokens)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, plan.Metadata.UserInfoEndpoint)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", tokens.AccessToken) },
        };
        using var response = await plan.Http.SendAsync(request);
        return await ReadUserInfoAsync(response, tokens.IdToken!.Claim("sub")!);
    }

    public static async Task<JsonElement> ReadUserInfoAsync(HttpResponseMessage response, string subject)
    {
        Assert.True(
            response.StatusCode == HttpStatusCode.OK,
            $"{(int)response.StatusCode} {response.Headers.WwwAuthenticate}"
        );
        AssertNotKept(response);
        var claims = await StrictJson.ReadAsync(response);
        Assert.Equal(subject, claims.GetProperty("sub").GetString());
        return claims;
    }

    /// <summary>OIDC Core 3.1.3.7, each of its points.</summary>
    public async Task<Jwt> VerifyIdTokenAsync(string text, string accessToken, string? nonce)
    {
        var token = Jwt.Parse(text);
        new PublishedKeys(await plan.JsonAsync(plan.Metadata.JwksUri)).Verify(token, IdTokenAlgorithm);
        Assert.Equal(plan.Issuer, token.Claim("iss"));
        Assert.Equal([ClientId], token.Audiences);
        Assert.True(token.Claim("azp") is null || token.Claim("azp") == ClientId);
        Assert.Matches("^[\\x21-\\x7e]{1,255}$", token.Claim("sub"));
        var now = TimeProvider.System.GetUtcNow();
        Assert.True(DateTimeOffset.FromUnixTimeSeconds(token.Seconds("exp")) > now, "It is over already.");
        Assert.InRange(
            DateTimeOffset.FromUnixTimeSeconds(token.Seconds("iat")),
            now - TimeSpan.FromMinutes(1),
            now + Skew
        );
        if (token.Has("auth_time"))
            Assert.True(token.Seconds("auth_time") <= token.Seconds("iat"));
        Assert.Equal(nonce, token.Claim("nonce"));
        var half = SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16);
        Assert.Equal(Base64Url.EncodeToString(half), token.Claim("at_hash"));
        return token;
    }

    // RFC 6749 4.1.2.1 and 5.2: what may stand in the two.
    private static void AssertErrorText(string error, string? description)
    {
        Assert.Matches("^[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+$", error);
        if (description is not null)
            Assert.Matches("^[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+$", description);
    }

    private static void AssertNotKept(HttpResponseMessage response) =>
        Assert.True(response.Headers.CacheControl?.NoStore, "An answer with secrets may be kept.");

    private static string NewText() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
