using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;
using Identity.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.IntegrationTests.Faults;

/// <summary>
/// Clients that do nothing but refresh, each its own chain, against a provider that dies now and then. A client that
/// got no answer asks again with the token it has, as any client does. What it was answered, it counts on.
/// </summary>
internal sealed class RefreshTraffic : IDisposable
{
    private readonly HttpClient _http;
    private readonly NpgsqlDataSource _source;
    private readonly List<Chain> _chains = [];
    private readonly ConcurrentBag<string> _complaints = [];

    public RefreshTraffic(Uri address, string connectionString)
    {
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),
            }
        )
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(20),
        };
        _source = NpgsqlDataSource.Create(connectionString);
    }

    /// <summary>Answers that no client should have got: anything but tokens or "try again".</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Rotations that were acknowledged.</summary>
    public int Acknowledged => _chains.Sum(static chain => chain.Tokens.Count - 1);

    /// <summary>Requests that were cut off, or answered with "try again".</summary>
    public int Interrupted => _chains.Sum(static chain => chain.Interruptions);

    /// <summary>The settings of a provider for this traffic. The grace is long, because a restart of a busy machine may
    /// be slow.</summary>
    public static Dictionary<string, string?> Settings(Uri address, string connectionString)
    {
        Dictionary<string, string?> settings = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__Identity"] = connectionString,
            ["Identity__Issuer"] = address.GetLeftPart(UriPartial.Authority),
            ["Identity__Keys__MasterKey"] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            ["Identity__Grants__RefreshGrace"] = "00:01:00",
        };
        foreach (var (key, value) in TestClients.Settings)
            settings[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return settings;
    }

    /// <summary>Signs people in, one a chain, and gets each their first tokens.</summary>
    public async Task BeginAsync(int chains)
    {
        Database database = new(_source);
        var options = Options.Create(new SessionOptions());
        SessionStarter sessions = new(database, new SessionStore(database, options), new AuditLog(database), options);
        for (var i = 0; i < chains; i++)
        {
            await using var insert = _source.CreateCommand(
                "INSERT INTO public.users (email, email_verified) VALUES (@email, true) RETURNING id"
            );
            insert.Parameters.AddWithValue("email", $"faults-{Guid.NewGuid():N}@example.com");
            var user = (Guid)(await insert.ExecuteScalarAsync())!;
            var start = (SessionStart.Started)
                await sessions.StartAsync(
                    new(new(user, 1), ["pwd"], null, new(IPAddress.Loopback, "faults", null)),
                    CancellationToken.None
                );
            _chains.Add(new(await FirstTokenAsync(start.Token.Value)));
        }
    }

    /// <summary>Refreshes on every chain until told to stop; then each finishes what it began, so that no outcome is
    /// unknown.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(_chains.Select(chain => Task.Run(() => RunAsync(chain, stop), CancellationToken.None)));

    /// <summary>What stands in the database beside what was acknowledged: nothing lost, nothing doubled.</summary>
    public async Task VerifyAsync()
    {
        // Connections of before a restart are dead; this one asks over a new one.
        _source.Clear();
        foreach (var chain in _chains)
        {
            Assert.Equal(chain.Tokens.Count, chain.Tokens.Distinct(StringComparer.Ordinal).Count());
            await using var command = _source.CreateCommand(
                """
                SELECT count(*)::integer, count(*) FILTER (WHERE used_at IS NULL
                    AND revoked_at IS NULL)::integer, count(*) FILTER (WHERE revoked_at IS NOT NULL)::integer,
                       bool_and(token_hash = ANY (@all)), bool_or(used_at IS NULL AND token_hash = @last)
                FROM public.refresh_tokens WHERE family_id = (SELECT family_id FROM public.refresh_tokens
                    WHERE token_hash = @last)
                """
            );
            command.Parameters.AddWithValue("all", chain.Tokens.Select(Hash).ToArray());
            command.Parameters.AddWithValue("last", Hash(chain.Tokens[^1]));
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync(), "an acknowledged token is not in the database");
            Assert.Equal((chain.Tokens.Count, 1, 0), (reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2)));
            Assert.True(reader.GetBoolean(3), "a token exists that no client was given");
            Assert.True(reader.GetBoolean(4), "the live token is not the one that was acknowledged last");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _source.Dispose();
    }

    private async Task RunAsync(Chain chain, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var token = chain.Tokens[^1];
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    using var answer = await _http.SendAsync(
                        Token(("grant_type", "refresh_token"), ("refresh_token", token)),
                        CancellationToken.None
                    );
                    var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                    if (answer.StatusCode == HttpStatusCode.OK)
                    {
                        chain.Tokens.Add(JsonElement.Parse(text).GetProperty("refresh_token").GetString()!);
                        break;
                    }

                    if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                    {
                        _complaints.Add($"{(int)answer.StatusCode} {text}");
                        return;
                    }
                }
                catch (Exception cut) when (cut is HttpRequestException or IOException or TaskCanceledException)
                {
                    // Nobody knows what became of it.
                }

                chain.Interruptions++;
                if (attempt > 600)
                {
                    _complaints.Add("no answer for a minute");
                    return;
                }

                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task<string> FirstTokenAsync(string session)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var url = QueryHelpers.AddQueryString(
            "/connect/authorize",
            new Dictionary<string, string?>
            {
                ["client_id"] = "web",
                ["redirect_uri"] = TestClients.RedirectUri,
                ["response_type"] = "code",
                ["scope"] = "openid offline_access",
                ["state"] = "s",
                ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                ["code_challenge_method"] = "S256",
            }
        );
        using HttpRequestMessage request = new(HttpMethod.Get, url)
        {
            Headers = { { "Cookie", $"__Host-identity={session}" } },
        };
        using var redirect = await _http.SendAsync(request);
        var code = QueryHelpers.ParseQuery(redirect.Headers.Location!.Query)["code"].ToString();
        using var answer = await _http.SendAsync(
            Token(
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", TestClients.RedirectUri),
                ("code_verifier", verifier)
            )
        );
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(
            answer.StatusCode == HttpStatusCode.OK,
            $"{redirect.Headers.Location} led to {(int)answer.StatusCode} {text}"
        );
        return JsonElement.Parse(text).GetProperty("refresh_token").GetString()!;
    }

    private static HttpRequestMessage Token(params (string Name, string Value)[] form) =>
        new(HttpMethod.Post, "/connect/token")
        {
            Headers =
            {
                Authorization = new AuthenticationHeaderValue(
                    "Basic",
                    Convert.ToBase64String(Encoding.UTF8.GetBytes($"web:{TestClients.Secret}"))
                ),
            },
            Content = new FormUrlEncodedContent(
                form.Select(static field => KeyValuePair.Create(field.Name, field.Value))
            ),
        };

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private sealed class Chain(string first)
    {
        public List<string> Tokens { get; } = [first];

        public int Interruptions { get; set; }
    }
}
