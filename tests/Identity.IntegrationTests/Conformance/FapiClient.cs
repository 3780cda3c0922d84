using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.IntegrationTests.Conformance;

/// <summary>What became of a push: the reference, or the error.</summary>
internal sealed record Push(string? RequestUri, long ExpiresIn, string? Error);

/// <summary>
/// A relying party of FAPI 2.0: pushes its requests, authenticates by a signed assertion, proves its key with every
/// token. What stands beside it, <see cref="StrictClient"/>
/// checks.
/// </summary>
internal sealed class FapiClient(ConformanceProvider plan, Registration registration, ClientKey key, ClientKey proofs)
{
    private readonly StrictClient _strict = new(plan, registration) { IdTokenAlgorithm = "ES256" };

    public string ClientId => registration.ClientId;

    /// <summary>An assertion of RFC 7523, for the issuer.</summary>
    public string Assertion(Action<JsonObject>? change = null, ClientKey? by = null)
    {
        JsonObject claims = new()
        {
            ["iss"] = ClientId,
            ["sub"] = ClientId,
            ["aud"] = plan.Issuer,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = ClientKey.Now,
            ["exp"] = ClientKey.Now + 60,
        };
        change?.Invoke(claims);
        return (by ?? key).Sign(claims);
    }

    public AuthorizationRequest Request(string scope = "openid", params (string Name, string? Value)[] parameters) =>
        _strict.Request(scope, parameters);

    /// <summary>A request object of RFC 9101 with the request in it.</summary>
    public string RequestObject(AuthorizationRequest request, Action<JsonObject>? change = null, ClientKey? by = null)
    {
        JsonObject claims = new()
        {
            ["iss"] = ClientId,
            ["aud"] = plan.Issuer,
            ["iat"] = ClientKey.Now,
            ["nbf"] = ClientKey.Now,
            ["exp"] = ClientKey.Now + 300,
            ["jti"] = Guid.NewGuid().ToString("N"),
        };
        foreach (var (name, value) in request.Parameters)
            claims[name] = value;
        change?.Invoke(claims);
        return (by ?? key).Sign(claims, "oauth-authz-req+jwt");
    }

    /// <summary>Pushes a request (RFC 9126 2.1).</summary>
    public Task<Push> PushAsync(AuthorizationRequest request, string? assertion = null) =>
        PushAsync(request.Parameters.Where(static field => field.Key != "client_id"), assertion);

    /// <summary>Pushes fields as they are.</summary>
    public async Task<Push> PushAsync(IEnumerable<KeyValuePair<string, string>> fields, string? assertion = null)
    {
        var url = plan.Metadata.Text("pushed_authorization_request_endpoint");
        using var response = await plan.Http.PostAsync(url, Form(fields, assertion ?? Assertion()));
        var answer = await StrictJson.ReadAsync(response);
        Assert.True(response.Headers.CacheControl?.NoStore);
        if (response.StatusCode == HttpStatusCode.Created)
            return new(
                answer.GetProperty("request_uri").GetString(),
                answer.GetProperty("expires_in").GetInt64(),
                null
            );
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized });
        return new(null, 0, answer.GetProperty("error").GetString());
    }

    /// <summary>The address with nothing but the client and the reference.</summary>
    public string Url(string requestUri, string? clientId = null) =>
        QueryHelpers.AddQueryString(
            plan.Metadata.AuthorizationEndpoint,
            new Dictionary<string, string?> { ["client_id"] = clientId ?? ClientId, ["request_uri"] = requestUri }
        );

    /// <summary>From a pushed request to its answer.</summary>
    public async Task<AuthorizationAnswer> AuthorizeAsync(Person person, AuthorizationRequest request) =>
        _strict.Read(request, await VisitAsync(person, request, await PushAsync(request)));

    /// <summary>The person's way with a pushed request, unread.</summary>
    public async Task<Visit> VisitAsync(Person person, AuthorizationRequest request, Push push)
    {
        Assert.True(push.RequestUri is not null, $"Not taken: {push.Error}");
        return await person.GoAsync(Url(push.RequestUri), request.RedirectUri);
    }

    public (string Name, string? Value)[] CodeForm(AuthorizationRequest request, string code) =>
        _strict.CodeForm(request, code);

    /// <summary>From the person to verified, bound tokens.</summary>
    public async Task<Tokens> SignInAsync(
        Person person,
        string scope = "openid",
        params (string Name, string? Value)[] parameters
    )
    {
        var request = Request(scope, parameters);
        var answer = await AuthorizeAsync(person, request);
        Assert.True(answer.Code is not null, $"No code but {answer.Error}.");
        return await RedeemAsync(request, answer.Code);
    }

    public async Task<Tokens> RedeemAsync(AuthorizationRequest request, string code)
    {
        var (status, answer) = await TokenAsync(CodeForm(request, code));
        Assert.True(status == HttpStatusCode.OK, answer.ToString());
        return await ReadAsync(answer, request.Nonce);
    }

    public async Task<Tokens> ReadAsync(JsonElement answer, string? nonce)
    {
        Assert.Equal("DPoP", answer.GetProperty("token_type").GetString(), ignoreCase: true);
        Tokens tokens = new(answer, null);
        var access = Jwt.Parse(tokens.AccessToken);
        Assert.Equal(proofs.Thumbprint, access.Payload.GetProperty("cnf").GetProperty("jkt").GetString());
        return tokens with
        {
            IdToken = await _strict.VerifyIdTokenAsync(tokens.IdTokenText!, tokens.AccessToken, nonce),
        };
    }

    /// <summary>A request to the token endpoint, with assertion and proof; comes again with the nonce when one is asked
    /// for (RFC 9449 8).</summary>
    /// <param name="proof">Null: one of the client's own key; empty: none.</param>
    public async Task<(HttpStatusCode Status, JsonElement Answer)> TokenAsync(
        IEnumerable<(string Name, string? Value)> form,
        string? proof = null,
        string? assertion = null
    )
    {
        var url = plan.Metadata.TokenEndpoint;
        KeyValuePair<string, string>[] fields =
        [
            .. form.Where(static field => field.Value is not null)
                .Select(static field => KeyValuePair.Create(field.Name, field.Value!)),
        ];
        using var first = await SendAsync(
            url,
            Form(fields, assertion ?? Assertion()),
            proof ?? proofs.Proof("POST", url)
        );
        var answer = await StrictJson.ReadAsync(first);
        if (
            proof is not null
            || !first.Headers.TryGetValues("DPoP-Nonce", out var nonce)
            || answer.TryGetProperty("access_token", out _)
        )
            return (first.StatusCode, answer);
        using var second = await SendAsync(
            url,
            Form(fields, Assertion()),
            proofs.Proof("POST", url, nonce: nonce.Single())
        );
        return (second.StatusCode, await StrictJson.ReadAsync(second));
    }

    /// <summary>Userinfo by a bound token, with a proof of whichever key.</summary>
    public async Task<HttpResponseMessage> UserInfoAsync(
        string accessToken,
        string scheme = "DPoP",
        ClientKey? by = null
    )
    {
        var url = plan.Metadata.UserInfoEndpoint;
        string? nonce = null;
        for (var attempt = 0; ; attempt++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url)
            {
                Headers = { Authorization = new AuthenticationHeaderValue(scheme, accessToken) },
            };
            if (scheme == "DPoP")
                request.Headers.Add("DPoP", (by ?? proofs).Proof("GET", url, accessToken, nonce));
            var response = await plan.Http.SendAsync(request);
            if (
                attempt > 0
                || response.IsSuccessStatusCode
                || !response.Headers.TryGetValues("DPoP-Nonce", out var asked)
            )
                return response;
            nonce = asked.Single();
            response.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string url, HttpContent content, string proof)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, url) { Content = content };
        if (proof.Length > 0)
            request.Headers.Add("DPoP", proof);
        return await plan.Http.SendAsync(request);
    }

    private FormUrlEncodedContent Form(IEnumerable<KeyValuePair<string, string>> fields, string assertion) =>
        new(
            fields.Concat([
                new("client_id", ClientId),
                new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                new("client_assertion", assertion),
            ])
        );
}
