using System.Net;
using System.Text;
using Identity.Core.Denials;
using Identity.Server.Protocol.Engine.Dispatch;
using Identity.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.IntegrationTests.Protocol.Grants;

/// <summary>The most frequent token requests are granted before the engine, and nobody can tell: an unknown parameter
/// sends the same request through the engine, which answers alike.</summary>
public sealed class DirectTokensTests(DirectTokensFixture fixture) : IClassFixture<DirectTokensFixture>
{
    [Theory]
    [InlineData(null, "basic")]
    [InlineData("api", "basic")]
    [InlineData("api orders", "post")]
    public async Task A_client_s_own_token_is_the_same_on_both_ways(string? scope, string method)
    {
        var direct = await fixture.AskAsync(method, ("grant_type", "client_credentials"), ("scope", scope));
        var engine = await fixture.AskAsync(
            method,
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("unknown", "1")
        );

        Assert.Equal((false, true), (direct.ByEngine, engine.ByEngine));
        AssertAlike(engine, direct);
    }

    [Theory]
    [InlineData("openid email offline_access api", null, "basic")]
    [InlineData("openid profile offline_access orders", "openid offline_access", "post")]
    [InlineData("offline_access api", null, "post")]
    public async Task A_refresh_is_the_same_on_both_ways(string granted, string? scope, string method)
    {
        using var party = await fixture.SignedInAsync();
        var first = (await party.GetTokensAsync(granted)).RefreshToken!;

        var direct = await RefreshAsync(first);
        var engine = await RefreshAsync(direct.Answer.RefreshToken!, ("unknown", "1"));

        Assert.Equal((false, true), (direct.ByEngine, engine.ByEngine));
        AssertAlike(engine, direct);

        Task<TokenReply> RefreshAsync(string token, params (string, string?)[] more) =>
            fixture.AskAsync(
                method,
                [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope), .. more]
            );
    }

    [Theory]
    [InlineData("openid email offline_access api", "basic")]
    [InlineData("openid", "post")]
    [InlineData("api", "post")]
    public async Task A_code_is_exchanged_alike_on_both_ways(string scope, string method)
    {
        using var party = await fixture.SignedInAsync();

        var direct = await ExchangeAsync();
        var engine = await ExchangeAsync(("unknown", "1"));

        Assert.Equal((false, true), (direct.ByEngine, engine.ByEngine));
        AssertAlike(engine, direct, "grant_id");

        async Task<TokenReply> ExchangeAsync(params (string, string?)[] more) =>
            await fixture.AskAsync(method, [.. await CodeOfAsync(party, scope), .. more]);
    }

    [Theory]
    [InlineData("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "WrongProof")]
    [InlineData("redirect_uri", "https://app.example/other", "WrongProof")]
    [InlineData("code", "unknown", "Unknown")]
    public async Task A_code_that_does_not_fit_is_refused_and_explained_as_by_the_engine(
        string name,
        string value,
        string reason
    )
    {
        using var party = await fixture.SignedInAsync();
        var form = await CodeOfAsync(party, "openid");

        var reply = await fixture.AskAsync(
            "basic",
            [.. form.Select(field => field.Name == name ? (name, value) : field)]
        );
        var denial = await fixture.DenialAsync(reply.CorrelationId);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (reply.Answer.Status, reply.Answer.Error));
        Assert.Equal(("AuthorizationCodeGrant", reason), (denial.Rule, denial.Received));
        Assert.True(reply.ByEngine);
    }

    [Fact]
    public async Task Of_ten_exchanges_of_a_code_at_once_on_both_ways_one_is_granted_and_its_tokens_end()
    {
        using var party = await fixture.SignedInAsync();
        var form = await CodeOfAsync(party, "openid offline_access");

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(number => fixture.AskAsync("basic", [.. form, ("unknown", number % 2 == 0 ? "1" : null)]))
        );
        var granted = Assert.Single(replies, static reply => reply.Answer.Status == HttpStatusCode.OK);
        var refreshed = await party.RefreshAsync(granted.Answer.RefreshToken!);

        Assert.All(
            replies.Where(reply => reply != granted),
            static reply => Assert.Equal("invalid_grant", reply.Answer.Error)
        );
        Assert.Equal("invalid_grant", refreshed.Error);
    }

    private static async Task<(string Name, string? Value)[]> CodeOfAsync(RelyingParty party, string scope) =>
        [
            ("grant_type", "authorization_code"),
            ("code", (await party.AuthorizeAsync(scope))["code"]),
            ("redirect_uri", party.RedirectUri),
            ("code_verifier", party.Verifier),
        ];

    [Theory]
    [InlineData("resource", "https://api.example")]
    [InlineData("scope", "openid")]
    [InlineData("scope", "unknown")]
    [InlineData("client_secret", "wrong")]
    [InlineData("client_id", "nobody")]
    [InlineData("grant_type", "password")]
    [InlineData("scope", "")]
    [InlineData("code", "of another grant")]
    public async Task What_is_out_of_the_ordinary_is_the_engine_s_to_judge(string name, string value)
    {
        Dictionary<string, string?> form = new()
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "web",
            ["client_secret"] = TestClients.Secret,
        };
        form[name] = value;

        var reply = await fixture.SendAsync(null, [.. form.Select(static pair => (pair.Key, pair.Value))]);

        Assert.True(reply.ByEngine);
    }

    [Theory]
    [InlineData("DPoP", "proof")]
    [InlineData("Authorization", "Basic d2ViOnNlY3JldA==")]
    public async Task A_proof_or_a_second_way_to_authenticate_is_the_engine_s_to_judge(string header, string value)
    {
        var reply = await fixture.SendAsync(
            (header, value),
            ("grant_type", "client_credentials"),
            ("client_id", "web"),
            ("client_secret", TestClients.Secret)
        );

        Assert.True(reply.ByEngine);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Answer.Status);
    }

    [Fact]
    public async Task A_reused_token_is_claimed_once_and_its_refusal_is_explained_as_by_the_engine()
    {
        using var party = await fixture.SignedInAsync();
        var first = (await party.GetTokensAsync("openid offline_access")).RefreshToken!;
        var second = (await party.RefreshAsync(first)).RefreshToken!;
        await party.RefreshAsync(second);

        var reply = await fixture.AskAsync("basic", ("grant_type", "refresh_token"), ("refresh_token", first));
        var denial = await fixture.DenialAsync(reply.CorrelationId);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (reply.Answer.Status, reply.Answer.Error));
        Assert.Equal(("RefreshTokenGrant", "Reused"), (denial.Rule, denial.Received));
        Assert.Equal(1, await fixture.CountReusesAsync());
    }

    [Fact]
    public async Task Of_twenty_refreshes_at_once_on_both_ways_all_get_one_successor()
    {
        using var party = await fixture.SignedInAsync();
        var token = (await party.GetTokensAsync("openid offline_access")).RefreshToken!;

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(number =>
                    fixture.AskAsync(
                        number % 2 == 0 ? "basic" : "post",
                        ("grant_type", "refresh_token"),
                        ("refresh_token", token),
                        ("unknown", number % 4 == 0 ? "1" : null)
                    )
                )
        );

        Assert.All(replies, static reply => Assert.Equal(HttpStatusCode.OK, reply.Answer.Status));
        Assert.Single(replies.Select(static reply => reply.Answer.RefreshToken).Distinct());
    }

    /// <param name="differing">A claim that differs besides those of any two answers.</param>
    private static void AssertAlike(TokenReply expected, TokenReply actual, string? differing = null)
    {
        Assert.Equal(HttpStatusCode.OK, actual.Answer.Status);
        Assert.Equal(expected.Headers, actual.Headers);
        Assert.Equal(Members(expected.Answer.Json), Members(actual.Answer.Json));
        Assert.Equal(Known(expected.Answer.AccessToken!), Known(actual.Answer.AccessToken!));
        Assert.Equal(expected.Answer.IdToken is null, actual.Answer.IdToken is null);
        if (expected.Answer.IdToken is { } idToken)
            Assert.Equal(Known(idToken), Known(actual.Answer.IdToken!));

        // What differs between any two answers.
        static string[] Members(System.Text.Json.JsonElement json) =>
            [
                .. json.EnumerateObject()
                    .Select(static member =>
                        member.Name is "access_token" or "refresh_token" or "id_token" ? member.Name : member.ToString()
                    ),
            ];
        string[] Known(string token) =>
            [
                .. Answer
                    .Decode(token)
                    .Payload.EnumerateObject()
                    .Select(claim =>
                        claim.Name is "exp" or "iat" or "jti" or "at_hash" || claim.Name == differing
                            ? claim.Name
                            : claim.ToString()
                    ),
            ];
    }
}

/// <summary>What the token endpoint answered, and who did.</summary>
public sealed record TokenReply(Answer Answer, string[] Headers, bool ByEngine, string CorrelationId);

/// <summary>A provider that tells whether a request reached the engine.</summary>
public sealed class DirectTokensFixture : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private IdentityHost _host = null!;
    private Guid _userId;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _userId = await RelyingParty.CreateUserAsync(_database, "ada@example.com");
        _host = await IdentityHost.StartAsync(
            _database,
            ProtocolFixture.Settings,
            replace: static services =>
                services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, MarkingDispatcher>())
        );
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    public async Task<RelyingParty> SignedInAsync()
    {
        RelyingParty party = new(_host);
        await party.SignInAsync(_userId);
        return party;
    }

    public async Task<DeniedRequest> DenialAsync(string id)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await _host.Services.GetRequiredService<DenialStore>().FindAsync(id, default) is { } denial)
                return denial;
            await Task.Delay(50);
        }
        throw new InvalidOperationException($"Nothing was kept of {id}.");
    }

    public Task<long> CountReusesAsync() =>
        _database.ScalarAsync<long>("SELECT count(*) FROM audit_logs WHERE event_type = 'token_reuse'");

    /// <summary>As the client "web", whose secret goes in the header (basic) or in the form (post).</summary>
    public Task<TokenReply> AskAsync(string method, params (string Name, string? Value)[] form) =>
        method == "basic"
            ? SendAsync(
                (
                    "Authorization",
                    "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"web:{TestClients.Secret}"))
                ),
                form
            )
            : SendAsync(null, [("client_id", "web"), ("client_secret", TestClients.Secret), .. form]);

    public async Task<TokenReply> SendAsync(
        (string Name, string Value)? header,
        params (string Name, string? Value)[] form
    )
    {
        using var client = _host.CreateClient();
        using HttpRequestMessage request = new(HttpMethod.Post, "/connect/token");
        if (header is { } one)
            request.Headers.TryAddWithoutValidation(one.Name, one.Value);
        request.Content = new FormUrlEncodedContent(
            form.Where(static field => field.Value is not null)
                .Select(static field => KeyValuePair.Create(field.Name, field.Value!))
        );
        using var response = await client.SendAsync(request);
        return new(
            await Answer.ReadAsync(response),
            [.. HeadersOf(response)],
            response.Headers.Contains(MarkingDispatcher.Mark),
            response.Headers.GetValues("X-Correlation-Id").Single()
        );
    }

    private static IEnumerable<string> HeadersOf(HttpResponseMessage response) =>
        response
            .Headers.Concat<KeyValuePair<string, IEnumerable<string>>>(response.Content.Headers)
            .Where(static header =>
                header.Key is not (MarkingDispatcher.Mark or "X-Correlation-Id" or "Date" or "Content-Length")
            )
            .Select(static header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(StringComparer.Ordinal);

    // Marks the answer of every request that the engine judged.
    private sealed class MarkingDispatcher(HandlerIndex index, IServiceProvider request, IHttpContextAccessor accessor)
        : IOpenIddictServerDispatcher
    {
        public const string Mark = "X-By-Engine";
        private readonly IndexedDispatcher _inner = new(index, request);

        public ValueTask DispatchAsync<TContext>(TContext context)
            where TContext : BaseContext
        {
            if (context is BaseValidatingContext && accessor.HttpContext is { Response.HasStarted: false } http)
                http.Response.Headers[Mark] = "1";
            return _inner.DispatchAsync(context);
        }
    }
}
