using System.Net;
using Identity.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Hosting;

public sealed class HealthTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Ready_says_what_is_missing_and_live_does_not_care()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();
        Assert.Equal(
            "{\"status\":\"ready\",\"faults\":[],\"warnings\":[]}",
            await client.GetStringAsync("/health/ready")
        );

        await fixture.Database.ExecuteAsync("ALTER TABLE idp.schema_migrations RENAME TO schema_migrations_away");
        var behind = await UntilAsync(client, HttpStatusCode.ServiceUnavailable);
        using var live = await client.GetAsync("/health/live");
        await fixture.Database.ExecuteAsync("ALTER TABLE idp.schema_migrations_away RENAME TO schema_migrations");
        var again = await UntilAsync(client, HttpStatusCode.OK);

        Assert.Contains("schema behind", behind, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Contains("ready", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_warns_since_when_mail_waits_and_why_and_serves()
    {
        await using var host = await IdentityHost.StartAsync(fixture.Database);
        using var client = host.CreateClient();
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO idp.mail_outbox (id, kind, recipient_hash, asked_for, content_protected, created_at,
                next_attempt_at)
            SELECT gen_random_uuid(), 'test', sha256('a'), false, '', at, now() + interval '1 hour'
            FROM (VALUES ('2026-01-02 03:04:05Z'::timestamptz), (now() - interval '1 hour')) written (at)
            """
        );

        var warned = await UntilTextAsync(client, "mail has been waiting since 2026-01-02 03:04:05Z");
        await fixture.Database.ExecuteAsync("UPDATE idp.mail_outbox SET state = 'sent', sent_at = now()");
        var well = await UntilTextAsync(client, "\"warnings\":[]");

        Assert.StartsWith("{\"status\":\"ready\",\"faults\":[]", warned, StringComparison.Ordinal);
        Assert.Contains("Identity:Mail:Host is not set", warned, StringComparison.Ordinal);
        Assert.StartsWith("{\"status\":\"ready\"", well, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_tells_once_that_it_is_not_ready_however_many_probes_come()
    {
        using LogRecorder log = new();
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: services => services.AddSingleton(log.Factory(LogLevel.Trace))
        );
        using var client = host.CreateClient();
        await fixture.Database.ExecuteAsync("ALTER TABLE idp.schema_migrations RENAME TO schema_migrations_away");
        await UntilAsync(client, HttpStatusCode.ServiceUnavailable);
        for (var i = 0; i < 20; i++)
            await client.GetAsync("/health/ready");
        await fixture.Database.ExecuteAsync("ALTER TABLE idp.schema_migrations_away RENAME TO schema_migrations");
        await UntilAsync(client, HttpStatusCode.OK);

        Assert.Single(log.Lines, static line => line.Text == "Not ready: schema behind");
        Assert.Single(log.Lines, static line => line.Text == "Ready again. It was not: schema behind");
    }

    [Fact]
    public async Task Told_to_stop_it_finishes_what_is_under_way_and_says_so_meanwhile()
    {
        // Of its own, for its keys are closed with a key of its own.
        await using var database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        var folder = IdentityProcess.CreateFolder();
        var address = new Uri($"http://localhost:{IdentityProcess.FreePort()}");
        await using var host = IdentityProcess.Start(
            folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings__Identity"] = database.ConnectionString,
                ["Identity__ShutdownDelay"] = "00:00:03",
            },
            $"--urls={address.GetLeftPart(UriPartial.Authority)}"
        );
        await host.WaitUntilReadyAsync(address);
        using var http = new HttpClient { BaseAddress = address };
        var (answered, failed, stopping) = (0, 0, false);

        host.Terminate();
        while (!host.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync("/health/ready");
                answered++;
                stopping |= (await answer.Content.ReadAsStringAsync()).Contains("stopping", StringComparison.Ordinal);
            }
            catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // It does not listen any more: what comes now goes to another instance.
            }
            catch (HttpRequestException)
            {
                failed++;
            }
        }

        Directory.Delete(folder, recursive: true);
        Assert.True(stopping, "it never said that it stops");
        Assert.True(answered > 10, $"{answered} answered");
        Assert.Equal(0, failed);
    }

    [Fact]
    public async Task A_failure_inside_is_answered_without_its_reason_but_with_the_id_that_the_log_has()
    {
        await using var host = await IdentityHost.StartAsync(
            fixture.Database,
            replace: static services => services.AddSingleton<IStartupFilter>(new Broken())
        );
        using var client = host.CreateClient();

        using var answer = await client.GetAsync("/connect/broken-inside");
        var body = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("server_error", body, StringComparison.Ordinal);
        Assert.Contains(answer.Headers.GetValues("X-Correlation-Id").Single(), body, StringComparison.Ordinal);
        Assert.DoesNotContain("open sesame", body, StringComparison.Ordinal);
    }

    private static async Task<string> UntilTextAsync(HttpClient client, string text)
    {
        for (var i = 0; i < 50; i++)
        {
            var answer = await client.GetStringAsync("/health/ready");
            if (answer.Contains(text, StringComparison.Ordinal))
                return answer;
            await Task.Delay(100);
        }

        throw new InvalidOperationException($"Readiness never said {text}.");
    }

    private static async Task<string> UntilAsync(HttpClient client, HttpStatusCode status)
    {
        for (var i = 0; i < 50; i++)
        {
            using var answer = await client.GetAsync("/health/ready");
            if (answer.StatusCode == status)
                return await answer.Content.ReadAsStringAsync();
            await Task.Delay(100);
        }

        throw new InvalidOperationException($"Readiness never became {status}.");
    }

    // A filter's middleware stands outside the program's own; so it breaks from inside, where a route is.
    private sealed class Broken : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                next(app);
                app.Use(
                    (context, rest) =>
                        context.Request.Path == "/connect/broken-inside"
                            ? throw new InvalidOperationException("open sesame")
                            : rest(context)
                );
            };
    }
}
