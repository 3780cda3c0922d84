using System.Globalization;
using System.Net;
using Identity.Core.Passwords;
using Identity.Core.Throttling;
using Identity.Testing;

namespace Identity.IntegrationTests.Pages;

/// <summary>When there is no turn to be had: said kindly, with the time to wait, and nothing typed is lost. A host of its own, for the limits are those of the address.</summary>
public sealed class WaitingTests(PagesFixture fixture) : IClassFixture<PagesFixture>
{
    [Fact]
    public async Task DO_1_a_full_queue_answers_503_and_then_an_exhausted_address_429()
    {
        using var browser = new PageBrowser(fixture.Host);
        var form = await browser.GetAsync("/sign-in");

        var busy = await WhileTheQueueIsFullAsync(() => browser.SubmitAsync(form, [("Input.Email", "ada@example.org"), ("Input.Password", "Some-Password-7")]));
        var limiter = fixture.Service<AttemptLimiter>();
        await limiter.ReserveAsync(limiter.Key("sign_in_address", IPAddress.Loopback), new(1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)), default);
        var throttled = await browser.SubmitAsync(form, [("Input.Email", "ada@example.org"), ("Input.Password", "Some-Password-7")]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.Status);
        Assert.Equal("5", busy.Header("Retry-After"));
        Assert.Contains("very busy", busy.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, throttled.Status);
        Assert.InRange(int.Parse(throttled.Header("Retry-After")!, CultureInfo.InvariantCulture), 200, 300);
        Assert.Contains("Too many attempts", throttled.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"ada@example.org\"", throttled.Html, StringComparison.Ordinal);
    }

    private async Task<VisitedPage> WhileTheQueueIsFullAsync(Func<Task<VisitedPage>> visit)
    {
        var queue = fixture.Service<HashQueue>();
        using var done = new ManualResetEventSlim();
        var workers = Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount - 1)).Select(_ => queue.RunAsync(() => done.Wait(TimeSpan.FromSeconds(60)), default)).ToArray();
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
