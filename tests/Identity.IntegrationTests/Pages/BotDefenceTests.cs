using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Identity.Core.BotDefence;
using Identity.Core.Passwords;
using Identity.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Pages;

/// <summary>What a form asks of an address that has sent many: proof of work, or the verdict of a third party. Each
/// test has a host and a database of its own.</summary>
public sealed partial class BotDefenceTests
{
    private const string Unknown = "nobody@example.org";

    [Fact]
    public async Task After_three_failures_a_form_asks_for_work_before_any_hash_and_takes_an_answer_once()
    {
        await using var scene = await Scene.StartAsync();
        using var browser = new PageBrowser(scene.Host);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await FailAsync(browser)).Status);
        var hashes = scene.Hasher.Calls;

        var asked = await FailAsync(browser);
        var answer = Solve(asked);
        var passed = await browser.SubmitAsync(
            asked,
            [("Input.Email", Unknown), ("Input.Password", "wrong-password"), ("bot_answer", answer)]
        );
        var again = await browser.SubmitAsync(
            passed,
            [("Input.Email", Unknown), ("Input.Password", "wrong-password"), ("bot_answer", answer)]
        );

        Assert.Equal(HttpStatusCode.TooManyRequests, asked.Status);
        Assert.InRange(int.Parse(asked.Header("Retry-After")!, CultureInfo.InvariantCulture), 500, 600);
        Assert.Contains("Checking that you’re human", asked.Text, StringComparison.Ordinal);
        Assert.Contains("try again in about 10 min", asked.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{Unknown}\"", asked.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, passed.Status);
        Assert.Contains("data-work=", passed.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, again.Status);
        Assert.Equal(hashes + 1, scene.Hasher.Calls);
    }

    [Fact]
    public async Task The_work_rises_with_the_forms_that_fail_and_challenges_gathered_before_are_not_taken()
    {
        await using var scene = await Scene.StartAsync(("Identity:BotDefence:MaxDifficulty", "9"));
        using var browser = new PageBrowser(scene.Host);
        for (var i = 0; i < 3; i++)
            await FailAsync(browser);
        var gathered = new List<VisitedPage>();
        for (var i = 0; i < 14; i++)
            gathered.Add(await browser.GetAsync("/sign-in"));

        // A few at once, the tenth and the eleventh together: as many as find a place for their hash on a busy machine.
        var answers = new List<VisitedPage>();
        foreach (var few in gathered.Chunk(3))
            answers.AddRange(await Task.WhenAll(few.Select(form => AnswerAsync(browser, form))));
        var after = await browser.GetAsync("/sign-in");
        var harder = await AnswerAsync(browser, after);

        Assert.All(gathered, static form => Assert.Contains("data-bits=\"8\"", form.Html, StringComparison.Ordinal));
        Assert.Equal(10, answers.Count(static page => page.Status == HttpStatusCode.OK));
        Assert.Equal(4, answers.Count(static page => page.Status == HttpStatusCode.TooManyRequests));
        Assert.Contains("data-bits=\"9\"", after.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, harder.Status);
    }

    [Fact]
    public async Task BF_6_a_customer_with_many_IPv6_networks_is_asked_in_all_of_them_and_nobody_else_is()
    {
        await using var scene = await Scene.StartAsync(("Identity:BotDefence:MaxDifficulty", "10"));
        var gate = scene.Host.Services.GetRequiredService<BotGate>();
        async Task<BotGateResult[]> SendAsync(int first, int count) =>
            await Task.WhenAll(
                Enumerable.Range(first, count).Select(i => gate.PassAsync(NetworkOf("2001:db8:7", i), null, default))
            );

        var free = await SendAsync(0, 3 * 64);
        var asked = await SendAsync(1000, 640);
        var next = await gate.PromptAsync(NetworkOf("2001:db8:7", 5000), default);
        var other = await gate.PassAsync(NetworkOf("2001:db8:8", 0), null, default);

        Assert.All(free, static result => Assert.IsType<BotGateResult.Open>(result));
        Assert.All(asked, static result => Assert.IsType<BotGateResult.Asks>(result));
        Assert.Equal(9, next!.Difficulty);
        Assert.Null(Assert.IsType<BotGateResult.Open>(other).Next);
    }

    private static IPAddress NetworkOf(string site, int number) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{site}:{number:x}::1"));

    [Fact]
    public async Task A_person_who_signs_in_while_asked_raises_the_work_for_nobody()
    {
        await using var scene = await Scene.StartAsync(("Identity:BotDefence:AskAfterAttempts", "0"));
        var user = await scene.UserAsync();

        for (var i = 0; i < 11; i++)
        {
            using var person = new PageBrowser(scene.Host);
            var form = await person.GetAsync("/sign-in");
            Assert.Contains("data-bits=\"8\"", form.Html, StringComparison.Ordinal);
            var signedIn = await person.SubmitAsync(
                form,
                [("Input.Email", user), ("Input.Password", ConfiguredProvider.Password), ("bot_answer", Solve(form))]
            );
            Assert.Equal(HttpStatusCode.SeeOther, signedIn.Status);
        }
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/register")]
    [InlineData("/forgot-password")]
    [InlineData("/sign-in/link")]
    public async Task Every_form_that_machines_like_asks_and_goes_on_with_an_answer(string path)
    {
        await using var scene = await Scene.StartAsync();
        using var browser = new PageBrowser(scene.Host);
        for (var i = 0; i < 3; i++)
            await FailAsync(browser);

        var form = await browser.GetAsync(path);
        (string, string)[] fields =
        [
            ("Input.Email", "new-person@example.org"),
            ("Input.Password", "Quite-Another-7-password"),
            ("Input.NewPassword", "Quite-Another-7-password"),
        ];
        var without = await browser.SubmitAsync(form, fields);
        var with = await browser.SubmitAsync(form, [.. fields, ("bot_answer", Solve(form))]);

        Assert.Equal(HttpStatusCode.TooManyRequests, without.Status);
        Assert.Equal(path == "/sign-in" ? HttpStatusCode.OK : HttpStatusCode.SeeOther, with.Status);
    }

    [Fact]
    public async Task Whoever_signs_in_is_not_counted_and_whoever_waits_is_not_asked()
    {
        await using var scene = await Scene.StartAsync();
        using var browser = new PageBrowser(scene.Host);
        await FailAsync(browser);
        await FailAsync(browser);
        var user = await scene.UserAsync();
        for (var i = 0; i < 5; i++)
        {
            using var person = new PageBrowser(scene.Host);
            Assert.Equal(HttpStatusCode.SeeOther, (await person.SignInAsync(user, ConfiguredProvider.Password)).Status);
        }

        await FailAsync(browser);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await FailAsync(browser)).Status);
        await scene.Database.ExecuteAsync(
            "UPDATE idp.throttle_counters SET blocked_until = now(), window_ends_at = now() WHERE blocked_until IS "
                + "NOT NULL"
        );

        Assert.DoesNotContain("data-work", (await browser.GetAsync("/sign-in")).Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await FailAsync(browser)).Status);
    }

    [Fact]
    public async Task EN_1_the_question_tells_nothing_of_an_account_and_another_address_is_not_asked()
    {
        await using var scene = await Scene.StartAsync();
        var user = await scene.UserAsync();
        using var browser = new PageBrowser(scene.Host);
        for (var i = 0; i < 3; i++)
            await FailAsync(browser);

        var known = await browser.SubmitAsync(
            await browser.GetAsync("/sign-in"),
            [("Input.Email", user), ("Input.Password", ConfiguredProvider.Password)]
        );
        var unknown = await FailAsync(browser);

        Assert.Equal((known.Status, Plain(known.Html, user)), (unknown.Status, Plain(unknown.Html, Unknown)));
        Assert.Equal(
            "0",
            await scene.Database.ScalarAsync<string>(
                "SELECT count(*)::text FROM audit_logs WHERE event_type = 'login' AND user_id IS NOT NULL"
            )
        );
        using var switched = new PageBrowser(scene.Host);
        Assert.Equal(
            HttpStatusCode.SeeOther,
            (
                await switched.SubmitAsync(
                    await switched.GetAsync("/sign-in"),
                    [("language", "de")],
                    "handler=Language"
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("AAAA.1")]
    [InlineData("\0")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.12")]
    public async Task Answers_that_are_none_are_refused(string answer)
    {
        await using var scene = await Scene.StartAsync(("Identity:BotDefence:AskAfterAttempts", "0"));
        using var browser = new PageBrowser(scene.Host);

        var page = await browser.SubmitAsync(
            await browser.GetAsync("/sign-in"),
            [("Input.Email", Unknown), ("Input.Password", "wrong"), ("bot_answer", answer)]
        );

        Assert.Contains(page.Status, (HttpStatusCode[])[HttpStatusCode.TooManyRequests, HttpStatusCode.BadRequest]);
    }

    [Fact]
    public async Task A_third_party_judges_and_gets_only_the_answer_and_the_page_may_load_it()
    {
        await using var verifier = new FakeVerifier();
        await using var scene = await Scene.StartAsync(Http(verifier));
        using var browser = new PageBrowser(scene.Host);
        var form = await browser.GetAsync("/sign-in");

        verifier.Verdict = """{"success": false, "error-codes": ["invalid-input-response"]}""";
        var refused = await SendAsync(browser, form, "answer-1");
        verifier.Verdict = """{"success": true}""";
        var passed = await SendAsync(browser, form, "answer-2");
        var replayed = await SendAsync(browser, form, "answer-2");

        Assert.Contains("<div class=\"h-captcha\" data-sitekey=\"site-1\"", form.Html, StringComparison.Ordinal);
        var policy = form.Header("Content-Security-Policy")!;
        foreach (var directive in (string[])["script-src 'self'", "frame-src", "connect-src 'self'"])
            Assert.Contains(
                $"{directive} https://*.hcaptcha.com https://challenge.example",
                policy,
                StringComparison.Ordinal
            );
        Assert.DoesNotContain(
            "challenge.example",
            (await browser.GetAsync("/signed-out")).Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, HttpStatusCode.OK, HttpStatusCode.TooManyRequests),
            (refused.Status, passed.Status, replayed.Status)
        );
        var sent = verifier.Requests.First();
        Assert.StartsWith("POST /siteverify HTTP/1.1", sent, StringComparison.Ordinal);
        Assert.EndsWith("secret=sesame-secret&response=answer-1&remoteip=127.0.0.1", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", string.Concat(verifier.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.ServiceUnavailable)]
    public async Task A_third_party_that_hangs_or_talks_nonsense_holds_nobody_up_for_long(
        bool passes,
        HttpStatusCode expected
    )
    {
        await using var verifier = new FakeVerifier();
        await using var scene = await Scene.StartAsync([
            .. Http(verifier),
            ("Identity:BotDefence:PassWhenUnavailable", passes ? "true" : "false"),
        ]);
        using var browser = new PageBrowser(scene.Host);
        var form = await browser.GetAsync("/sign-in");

        foreach (var verdict in (string?[])[null, "<html>", "{", "[]"])
        {
            verifier.Verdict = verdict;
            var clock = Stopwatch.StartNew();
            var answer = await SendAsync(browser, form, Guid.NewGuid().ToString());
            Assert.Equal((verdict, expected), (verdict, answer.Status));
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{verdict}: {clock.Elapsed}");
        }
    }

    [Fact]
    public async Task None_asks_nothing_ever()
    {
        await using var scene = await Scene.StartAsync(
            ("Identity:BotDefence:Kind", "none"),
            ("Identity:BotDefence:AskAfterAttempts", "0")
        );
        using var browser = new PageBrowser(scene.Host);

        Assert.Equal(HttpStatusCode.OK, (await FailAsync(browser)).Status);
        Assert.DoesNotContain("challenge", (await browser.GetAsync("/sign-in")).Html, StringComparison.Ordinal);
    }

    private static (string, string?)[] Http(FakeVerifier verifier) =>
        [
            ("Identity:BotDefence:Kind", "http"),
            ("Identity:BotDefence:AskAfterAttempts", "0"),
            ("Identity:BotDefence:VerifyUri", verifier.Address.AbsoluteUri),
            ("Identity:BotDefence:ScriptUri", "https://challenge.example/api.js"),
            ("Identity:BotDefence:SiteKey", "site-1"),
            ("Identity:BotDefence:Secret", "sesame-secret"),
            ("Identity:BotDefence:ResponseField", "h-captcha-response"),
            ("Identity:BotDefence:WidgetClass", "h-captcha"),
            ("Identity:BotDefence:Origins:0", "https://*.hcaptcha.com"),
            ("Identity:BotDefence:Timeout", "00:00:01"),
        ];

    private static async Task<VisitedPage> FailAsync(PageBrowser browser) =>
        await browser.SubmitAsync(
            await browser.GetAsync("/sign-in"),
            [("Input.Email", Unknown), ("Input.Password", "wrong-password")]
        );

    private static Task<VisitedPage> AnswerAsync(PageBrowser browser, VisitedPage form) =>
        browser.SubmitAsync(
            form,
            [
                ("Input.Email", $"{Guid.NewGuid():N}@example.org"),
                ("Input.Password", "wrong-password"),
                ("bot_answer", Solve(form)),
            ]
        );

    private static Task<VisitedPage> SendAsync(PageBrowser browser, VisitedPage form, string answer) =>
        browser.SubmitAsync(
            form,
            [("Input.Email", Unknown), ("Input.Password", "wrong-password"), ("h-captcha-response", answer)]
        );

    // As the script does it.
    private static string Solve(VisitedPage page)
    {
        var (challenge, bits) = (
            Work().Match(page.Html).Groups[1].Value,
            int.Parse(Bits().Match(page.Html).Groups[1].Value, CultureInfo.InvariantCulture)
        );
        Assert.NotEmpty(challenge);
        for (var n = 0; ; n++)
        {
            var answer = $"{challenge}.{n.ToString(CultureInfo.InvariantCulture)}";
            var digest = SHA256.HashData(Encoding.ASCII.GetBytes(answer));
            if (
                BitOperations.LeadingZeroCount(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(digest))
                >= bits
            )
                return answer;
        }
    }

    private static string Plain(string html, string email) =>
        Work()
            .Replace(TokenValue().Replace(html, "token"), "work")
            .Replace(WebUtility.HtmlEncode(email), "*", StringComparison.Ordinal);

    [GeneratedRegex("data-work=\"([^\"]*)\"")]
    private static partial Regex Work();

    [GeneratedRegex("data-bits=\"([^\"]*)\"")]
    private static partial Regex Bits();

    [GeneratedRegex("(?<=__RequestVerificationToken\"[^>]*value=\")[^\"]*")]
    private static partial Regex TokenValue();

    private sealed class Scene(ConfiguredProvider provider, TestDatabase database) : IAsyncDisposable
    {
        public IdentityHost Host => provider.Host;

        public TestDatabase Database => database;

        public PasswordHasher Hasher => Host.Services.GetRequiredService<PasswordHasher>();

        public static async Task<Scene> StartAsync(params (string Key, string? Value)[] settings)
        {
            var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
            Dictionary<string, string?> all = new()
            {
                ["Identity:BotDefence:AskAfterAttempts"] = "3",
                ["Identity:BotDefence:Difficulty"] = "8",
                ["Identity:Recovery:MagicLinks"] = "true",
            };
            foreach (var (key, value) in settings)
                all[key] = value;
            return new(await ConfiguredProvider.StartAsync(database, all), database);
        }

        public async Task<string> UserAsync() => (await provider.AddUserAsync()).Email;

        public async ValueTask DisposeAsync()
        {
            await provider.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
