using System.Globalization;
using System.Net;
using Identity.Core.Passwords;
using Identity.Core.Throttling;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>When there is no turn to be had: said kindly, with the time to wait, and nothing typed is lost. A host of
/// its own, for the limits are those of the address.</summary>
public sealed class WaitingTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task DO_1_a_full_queue_answers_503_and_then_an_exhausted_address_429()
    {
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.GetAsync("/sign-in");

        var busy = await WhileTheQueueIsFullAsync(() =>
            browser.SubmitAsync(form, [("Input.Email", "ada@example.org"), ("Input.Password", "Some-Password-7")])
        );
        var limiter = fixture.Service<AttemptLimiter>();
        await limiter.ReserveAsync(
            limiter.Key("sign_in_address", IPAddress.Loopback),
            new(1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)),
            default
        );
        var throttled = await browser.SubmitAsync(
            form,
            [("Input.Email", "ada@example.org"), ("Input.Password", "Some-Password-7")]
        );

        Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.Status);
        Assert.InRange(int.Parse(busy.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 10);
        Assert.Contains("very busy", busy.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, throttled.Status);
        Assert.InRange(int.Parse(throttled.Header("Retry-After")!, CultureInfo.InvariantCulture), 200, 300);
        Assert.Contains("Too many attempts", throttled.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"ada@example.org\"", throttled.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BF_5_answers_by_passkey_share_a_limit_beyond_which_none_is_looked_at_or_written_down()
    {
        const string Rows = "SELECT count(*) FROM audit_logs WHERE details ->> 'method' = 'passkey'";
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.GetAsync("/sign-in");

        var before = await PasskeySteps.FinishAsync(browser, form, "{}");
        var written = await fixture.Database.ScalarAsync<long>(Rows);
        var limiter = fixture.Service<AttemptLimiter>();
        await limiter.ReserveAsync(
            limiter.Key("passkey_proof", IPAddress.Loopback),
            new(1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)),
            default
        );
        var after = await PasskeySteps.FinishAsync(browser, form, "{}");

        Assert.Equal(("/sign-in?passkey=refused", 1L), (before.Location, written));
        Assert.Equal(
            ("/sign-in?passkey=refused", 1L),
            (after.Location, await fixture.Database.ScalarAsync<long>(Rows))
        );
    }

    [Fact]
    public async Task DO_3_who_does_not_hash_does_not_wait_for_those_who_do()
    {
        using var client = fixture.Host.CreateClient();

        var answers = await WhileTheQueueIsFullAsync(async () =>
        {
            List<HttpStatusCode> statuses = [];
            foreach (
                var path in new[]
                {
                    "/.well-known/openid-configuration",
                    "/.well-known/jwks.json",
                    "/health/live",
                    "/health/ready",
                    "/sign-in",
                }
            )
            {
                using var answer = await client.GetAsync(path);
                statuses.Add(answer.StatusCode);
            }
            using var token = await client.PostAsync(
                "/connect/token",
                new FormUrlEncodedContent([
                    new("grant_type", "refresh_token"),
                    new("refresh_token", "none"),
                    new("client_id", "nobody"),
                ])
            );
            return (Statuses: statuses, Token: token.StatusCode);
        });

        Assert.All(answers.Statuses, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(HttpStatusCode.Unauthorized, answers.Token);
    }

    [Fact]
    public void BF_6_an_IPv6_address_counts_as_its_64_bit_network_and_a_mapped_IPv4_address_as_itself()
    {
        var limiter = fixture.Service<AttemptLimiter>();

        string Key(string address) =>
            Convert.ToHexString(limiter.Key("sign_in_address", IPAddress.Parse(address)).Value);

        Assert.Equal(Key("2001:db8:1:2::1"), Key("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(Key("2001:db8:1:2::1"), Key("2001:db8:1:3::1"));
        Assert.Equal(Key("192.0.2.7"), Key("::ffff:192.0.2.7"));
        Assert.NotEqual(Key("192.0.2.7"), Key("192.0.2.8"));
    }

    private async Task<T> WhileTheQueueIsFullAsync<T>(Func<Task<T>> visit)
    {
        var queue = fixture.Service<HashQueue>();
        using var done = new ManualResetEventSlim();
        // As many as run at once, as many as may wait, and some that find no place.
        var workers = Enumerable
            .Range(0, (2 * Environment.ProcessorCount) + queue.Capacity)
            .Select(_ => queue.RunAsync(() => done.Wait(TimeSpan.FromSeconds(60)), IPAddress.Loopback, default))
            .ToArray();
        try
        {
            return await visit();
        }
        finally
        {
            done.Set();
            await Task.WhenAll(workers);
        }
    }
}
