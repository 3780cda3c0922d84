using System.Security.Cryptography;
using System.Text;
using Identity.Core.Grants;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Benchmarks.Tokens;

/// <summary>
/// The ceiling: an endpoint that checks the secret, runs this provider's SQL and signs, and does nothing else. No
/// engine, no pipeline, no rule of OAuth beyond those that the SQL holds. Nobody may ship this; it says what the rest
/// costs.
/// </summary>
internal sealed class BareContender : Contender
{
    private readonly WebApplication _provider;
    private readonly WebApplication _bare;
    private readonly Guid _user;
    private readonly Guid _session;

    private BareContender(string name, WebApplication provider, WebApplication bare, Guid user, Guid session)
        : base(name, bare.GetTestServer())
    {
        _provider = provider;
        _bare = bare;
        _user = user;
        _session = session;
    }

    /// <param name="batches">Whether refreshes of one moment share a statement.</param>
    public static async Task<BareContender> StartAsync(
        TestDatabase database,
        SigningAlgorithm algorithm,
        bool batches = true
    )
    {
        // The provider is built for its stores only and never takes a request.
        var provider = await ProviderContender.BuildAsync(database, algorithm, batches);
        await ProviderContender.SignInAsync(provider.Services, database);
        var user = await database.ScalarAsync<Guid>("SELECT id FROM users");
        var session = await database.ScalarAsync<Guid>("SELECT id FROM sessions");

        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        var bare = builder.Build();
        var signing = new SigningCredentials(algorithm.CreateKey(), algorithm.Name);
        var endpoint = new Endpoint(
            provider.Services.GetRequiredService<AuthorizationCodeStore>(),
            provider.Services.GetRequiredService<RefreshTokenStore>(),
            signing
        );
        bare.MapPost("/connect/token", (Delegate)endpoint.ExchangeAsync);
        await bare.StartAsync();
        return new(batches ? "bare endpoint" : "bare endpoint, each refresh alone", provider, bare, user, session);
    }

    protected override string Subject => _user.ToString("D");

    public override async Task<string> CodeAsync()
    {
        var issue = await _provider
            .Services.GetRequiredService<AuthorizationCodeStore>()
            .IssueAsync(
                new(
                    _user,
                    _session,
                    BenchmarkClient.Id,
                    Scope.Split(' '),
                    BenchmarkClient.RedirectUri,
                    Challenge,
                    "n",
                    new() { AuthTime = 1_700_000_000, Amr = ["pwd"] },
                    TimeSpan.FromSeconds(60),
                    ConsentRequired: false
                ),
                CancellationToken.None
            );
        return ((CodeIssue.Issued)issue).Code;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _bare.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private sealed class Endpoint(
        AuthorizationCodeStore codes,
        RefreshTokenStore refreshTokens,
        SigningCredentials signing
    )
    {
        private static readonly byte[] SecretDigest = SHA256.HashData(Encoding.UTF8.GetBytes(BenchmarkClient.Secret));
        private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

        public async Task<IResult> ExchangeAsync(HttpContext context)
        {
            var form = await context.Request.ReadFormAsync();
            if (
                !CryptographicOperations.FixedTimeEquals(
                    SHA256.HashData(Encoding.UTF8.GetBytes(form["client_secret"].ToString())),
                    SecretDigest
                )
            )
                return Results.StatusCode(StatusCodes.Status401Unauthorized);
            switch (form["grant_type"].ToString())
            {
                case "client_credentials":
                    return Results.Json(
                        new
                        {
                            access_token = AccessToken(BenchmarkClient.Id, null),
                            token_type = "Bearer",
                            expires_in = 600,
                            scope = "api",
                        }
                    );
                case "refresh_token":
                    return Answer(
                        await refreshTokens.RotateAsync(
                            new(
                                form["refresh_token"].ToString(),
                                BenchmarkClient.Id,
                                null,
                                null,
                                TimeSpan.FromDays(7),
                                TimeSpan.FromSeconds(10)
                            ),
                            context.RequestAborted
                        )
                    );
                default:
                    return Answer(
                        await codes.RedeemAsync(
                            new(
                                form["code"].ToString(),
                                BenchmarkClient.Id,
                                form["redirect_uri"].ToString(),
                                form["code_verifier"].ToString(),
                                null,
                                TimeSpan.FromDays(7),
                                TimeSpan.FromDays(30)
                            ),
                            context.RequestAborted
                        )
                    );
            }
        }

        private IResult Answer(GrantRedemption redemption) =>
            redemption is GrantRedemption.Granted { Grant: var grant, RefreshToken: var refreshToken }
                ? Results.Json(
                    new
                    {
                        access_token = AccessToken(
                            grant.Subject.Id.ToString("D"),
                            grant.SessionId!.Value.ToString("D")
                        ),
                        token_type = "Bearer",
                        expires_in = 600,
                        scope = Scope,
                        id_token = Token(
                            "JWT",
                            grant.Subject.Id.ToString("D"),
                            BenchmarkClient.Id,
                            grant.SessionId!.Value.ToString("D"),
                            null
                        ),
                        refresh_token = refreshToken,
                    }
                )
                : Results.BadRequest();

        private string AccessToken(string subject, string? session) => Token("at+jwt", subject, "api", session, Scope);

        private string Token(string type, string subject, string audience, string? session, string? scope)
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            var claims = new Dictionary<string, object>
            {
                ["sub"] = subject,
                ["client_id"] = BenchmarkClient.Id,
                ["jti"] = Guid.NewGuid().ToString("N"),
            };
            if (session is not null)
                claims["sid"] = session;
            if (scope is not null)
                claims["scope"] = scope;
            return _handler.CreateToken(
                new SecurityTokenDescriptor
                {
                    Issuer = "http://localhost",
                    Audience = audience,
                    IssuedAt = now,
                    Expires = now.AddMinutes(10),
                    TokenType = type,
                    Claims = claims,
                    SigningCredentials = signing,
                }
            );
        }
    }
}
