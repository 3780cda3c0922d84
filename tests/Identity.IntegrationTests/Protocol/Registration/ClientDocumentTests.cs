using System.Net;
using Identity.Core.Clients;
using Identity.Core.Denials;
using Identity.Server.Protocol.Registration;
using Identity.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Identity.IntegrationTests.Protocol.Registration;

/// <summary>Apps that nobody registered: their client id is the URL of a document that describes them
/// (draft-ietf-oauth-client-id-metadata-document).</summary>
public sealed class ClientDocumentTests(ClientDocumentFixture fixture) : IClassFixture<ClientDocumentFixture>
{
    [Fact]
    public async Task An_app_signs_in_refreshes_reads_and_revokes_by_the_URL_of_its_document()
    {
        var id = fixture.Serve("whole.json");
        using var party = await fixture.SignedInAsync(id);

        var tokens = await party.RedeemAsync(await fixture.AllowAsync(party, "openid email offline_access"));
        var refreshed = await party.RefreshAsync(tokens.RefreshToken!);
        var info = await party.UserInfoAsync(refreshed.AccessToken!);
        var revoked = await party.SendAsync(party.Post("/connect/revoke", ("token", refreshed.RefreshToken)));
        var late = await party.RefreshAsync(refreshed.RefreshToken!);

        Assert.Equal(id, Answer.Decode(tokens.AccessToken!).Payload.GetProperty("client_id").GetString());
        Assert.EndsWith("@example.com", info["email"]);
        Assert.Equal(HttpStatusCode.OK, revoked.Status);
        Assert.Equal("invalid_grant", late.Error);
        Assert.Equal(1, fixture.Documents.Asked("whole.json"));
    }

    [Fact]
    public async Task An_instance_that_has_never_seen_an_app_serves_its_consent_page_its_refresh_and_its_userinfo()
    {
        await using var other = await IdentityHost.StartAsync(
            fixture.Database,
            new Dictionary<string, string?>(ClientDocumentFixture.Settings)
            {
                ["Identity:Issuer"] = fixture.Host.Issuer,
            }
        );
        using var there = other.CreateClient();
        using var asking = await fixture.SignedInAsync(fixture.Serve("asking.json"));
        using var refreshing = await fixture.SignedInAsync(fixture.Serve("refreshing.json"));
        using var reading = await fixture.SignedInAsync(fixture.Serve("reading.json"));
        using PageBrowser elsewhere = new(other);
        elsewhere.UseSession(ClientDocumentFixture.SessionOf(asking));
        var old = await refreshing.RedeemAsync(await fixture.AllowAsync(refreshing, "openid offline_access"));
        var token = await reading.RedeemAsync(await fixture.AllowAsync(reading));

        var page = await elsewhere.GetAsync(await ClientDocumentFixture.AskAsync(asking));
        using var refreshed = await there.SendAsync(refreshing.RefreshRequest(old.RefreshToken!));
        using HttpRequestMessage ask = new(HttpMethod.Get, "/connect/userinfo");
        ask.Headers.Authorization = new("Bearer", token.AccessToken);
        using var read = await there.SendAsync(ask);

        Assert.Contains("Research agent", page.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (refreshed.StatusCode, read.StatusCode));
        Assert.All(
            (string[])["asking.json", "refreshing.json", "reading.json"],
            name => Assert.Equal(2, fixture.Documents.Asked(name))
        );
    }

    [Fact]
    public async Task The_person_sees_every_request_with_the_host_that_vouches_and_the_host_of_the_redirect()
    {
        var id = fixture.Serve("seen.json");
        using var party = await fixture.SignedInAsync(id);
        await fixture.AllowAsync(party);
        using PageBrowser browser = new(fixture.Host);
        browser.UseSession(ClientDocumentFixture.SessionOf(party));

        var again = await ClientDocumentFixture.AskAsync(party);
        var page = await browser.GetAsync(again);
        var silent = await party.AuthorizeAsync("openid", ("prompt", "none"));

        Assert.StartsWith("/consent", again, StringComparison.Ordinal);
        Assert.Contains($"Published by {fixture.Documents.Address.Authority} ", page.Text, StringComparison.Ordinal);
        Assert.Contains("Research agent 127.0.0.1", page.Text, StringComparison.Ordinal);
        Assert.Contains("runs on this device", page.Text, StringComparison.Ordinal);
        Assert.Equal("consent_required", silent["error"]);
    }

    [Fact]
    public async Task An_app_of_the_web_is_asked_about_again_although_it_was_allowed()
    {
        var redirect = fixture.Documents.UrlOf("callback");
        var id = fixture.Serve("web.json", $"\"client_name\":\"Web agent\",\"redirect_uris\":[\"{redirect}\"]");
        using var party = await fixture.SignedInAsync(id, redirect);
        await fixture.AllowAsync(party);

        var again = await ClientDocumentFixture.AskAsync(party);

        Assert.StartsWith("/consent", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_loopback_redirect_takes_any_port()
    {
        var id = fixture.Serve("port.json");
        using var party = await fixture.SignedInAsync(id, "http://127.0.0.1:61234/callback");

        var tokens = await party.RedeemAsync(await fixture.AllowAsync(party));

        Assert.NotNull(tokens.AccessToken);
    }

    [Fact]
    public async Task An_app_with_a_key_must_authenticate_by_it()
    {
        using ClientKeyPair keys = new("one");
        var id = fixture.Serve(
            "key.json",
            $$"""
            "redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"private_key_jwt",
            "jwks":{{keys.Jwks}}
            """
        );
        using var party = await fixture.SignedInAsync(id);
        var code = await fixture.AllowAsync(party);

        var bare = await party.RedeemAsync(code);
        var signed = await party.SendAsync(
            party.CodeRequest(
                code,
                ("client_assertion_type", ClientKeyPair.AssertionType),
                ("client_assertion", keys.Assertion(id, fixture.Host.Issuer))
            )
        );

        Assert.Equal("invalid_client", bare.Error);
        Assert.NotNull(signed.AccessToken);
    }

    [Theory]
    [InlineData("https://api.example", "api")]
    [InlineData("https://api.example/", "api")]
    [InlineData("HTTPS://API.example", "api")]
    [InlineData("https://root.example/", "root")]
    public async Task A_token_is_for_the_resource_that_was_named_however_a_library_writes_its_origin(
        string resource,
        string scope
    )
    {
        using var party = await fixture.SignedInAsync(fixture.Serve("resource.json"));
        var code = await fixture.AllowAsync(party, $"{scope} offline_access", ("resource", resource));
        var tokens = await party.SendAsync(party.CodeRequest(code, ("resource", resource)));

        Assert.Equal(
            $"https://{scope}.example",
            Answer.Decode(tokens.AccessToken!).Payload.GetProperty("aud").GetString()
        );
    }

    [Theory]
    [InlineData("https://api.example/mcp")]
    [InlineData("https://api.example//")]
    [InlineData("https://api.example:8443")]
    [InlineData("https://api.example#x")]
    [InlineData("https://other.example")]
    public async Task Another_resource_is_refused(string resource)
    {
        using var party = await fixture.SignedInAsync(fixture.Serve("other-resource.json"));

        var answer = await party.AuthorizeAsync("api", ("resource", resource));

        Assert.Equal("invalid_target", answer["error"]);
    }

    [Fact]
    public async Task Whatever_is_not_such_a_document_is_refused_on_a_page_of_ours_and_nothing_is_stored()
    {
        var documents = fixture.Documents;
        documents.Answer("long.json", http => DocumentServer.WriteAsync(http, Padded(documents.UrlOf("long.json"))));
        documents.Answer(
            "moved.json",
            http =>
            {
                http.Response.Redirect(documents.UrlOf("whole.json"));
                return Task.CompletedTask;
            }
        );
        documents.Answer("page.json", http => DocumentServer.WriteAsync(http, Sound("page.json"), "text/html"));
        documents.Answer("text.json", http => DocumentServer.WriteAsync(http, Sound("text.json"), "text/json"));
        documents.Answer("other.json", http => DocumentServer.WriteAsync(http, Sound("whole.json")));
        documents.Answer("cut.json", http => CutAsync(http, Sound("cut.json")));
        string[] urls =
        [
            .. new[] { "long", "moved", "page", "text", "other", "cut", "absent" }.Select(name =>
                documents.UrlOf(name + ".json")
            ),
            fixture.Serve("script.json", "\"redirect_uris\":[\"javascript:alert(1)\"]"),
            fixture.Serve("secret.json", "\"redirect_uris\":[\"http://127.0.0.1/cb\"],\"client_secret\":\"s\""),
            "https://unlisted.example/client.json",
            "http://localhost:1/client.json",
            "http://127.0.0.1:1/client.json",
            documents.UrlOf("whole.json") + "?x=1",
        ];
        var before = await StoredAsync();
        // One address may not cause fetches without end, and the other tests come from one.
        using var browser = fixture.Host.CreateBrowser(new IPAddress([127, 0, 0, 9])).Client;

        foreach (var url in urls)
        {
            using RelyingParty stranger = new(fixture.Host, url, ClientDocumentFixture.Redirect);
            using var answer = await browser.GetAsync(stranger.AuthorizeUrl());
            Assert.Equal((url, HttpStatusCode.BadRequest), (url, answer.StatusCode));
            Assert.Null(answer.Headers.Location);
        }

        Assert.Equal(before, await StoredAsync());
        string Sound(string name) =>
            $$"""{"client_id":"{{documents.UrlOf(name)}}","redirect_uris":["{{ClientDocumentFixture.Redirect}}"]}""";
    }

    [Fact]
    public async Task The_operator_learns_which_member_of_a_document_was_refused()
    {
        var id = fixture.Serve("explained.json", "\"redirect_uris\":[\"javascript:alert(1)\"]");
        using RelyingParty stranger = new(fixture.Host, id, ClientDocumentFixture.Redirect);
        using var answer = await stranger.Browser.GetAsync(stranger.AuthorizeUrl());
        var denials = fixture.Host.Services.GetRequiredService<DenialStore>();
        var key = answer.Headers.GetValues("X-Correlation-Id").Single();

        // It is written behind the answer.
        DeniedRequest? denied = null;
        for (var i = 0; i < 100 && denied is null; i++)
        {
            await Task.Delay(50);
            denied = await denials.FindAsync(key, CancellationToken.None);
        }

        Assert.Equal(("ResolveClientDocument", "invalid_client"), (denied?.Rule, denied?.Error));
        Assert.Contains("redirect_uris", denied?.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_token_endpoint_a_URL_without_a_document_is_an_invalid_client()
    {
        using RelyingParty party = new(fixture.Host, fixture.Documents.UrlOf("nothing.json"));

        var answer = await party.RefreshAsync("x");

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Pages_that_a_stranger_opens_fetch_no_more_than_one_address_may()
    {
        using PageBrowser stranger = new(fixture.Host);
        stranger.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.40");
        string[] names = [.. Enumerable.Range(0, 50).Select(static i => $"unknown{i}.json")];

        foreach (var name in names)
        {
            using RelyingParty party = new(fixture.Host, fixture.Documents.UrlOf(name), ClientDocumentFixture.Redirect);
            await stranger.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(party.AuthorizeUrl()));
        }

        // A few more may come while the pages are drawn.
        Assert.InRange(names.Sum(name => fixture.Documents.Asked(name)), ClientDocuments.PerAddress.Burst, 45);
    }

    [Fact]
    public async Task A_client_that_an_operator_registered_under_the_URL_is_used_and_nothing_is_fetched()
    {
        var id = fixture.Serve("registered.json");
        await fixture
            .Host.Services.GetRequiredService<ClientStore>()
            .AddAsync(
                id,
                new ClientDefinition
                {
                    Profile = ClientProfile.Spa,
                    RedirectUris = ["https://registered.example/cb"],
                    Scopes = ["openid"],
                },
                ClientSource.Administration,
                new(null, null, null),
                CancellationToken.None
            );
        await fixture.Host.Services.GetRequiredService<ClientRegistry>().LoadAsync(true, CancellationToken.None);
        using var party = await fixture.SignedInAsync(id, "https://registered.example/cb");

        var tokens = await party.GetTokensAsync();

        Assert.NotNull(tokens.AccessToken);
        Assert.Equal(0, fixture.Documents.Asked("registered.json"));
    }

    [Fact]
    public async Task Discovery_says_that_documents_are_taken_and_a_public_client_is_possible()
    {
        using var http = fixture.Host.CreateClient();

        using var response = await http.GetAsync("/.well-known/oauth-authorization-server");
        var metadata = await Answer.ReadAsync(response);

        Assert.True(metadata.Json.GetProperty("client_id_metadata_document_supported").GetBoolean());
        Assert.Contains(
            metadata.Json.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray(),
            static method => method.GetString() == "none"
        );
    }

    [Fact]
    public async Task The_page_of_connected_apps_names_it_and_ends_its_access()
    {
        var id = fixture.Serve("listed.json");
        using var party = await fixture.SignedInAsync(id);
        var tokens = await party.RedeemAsync(await fixture.AllowAsync(party, "openid offline_access"));
        using PageBrowser browser = new(fixture.Host);
        browser.UseSession(ClientDocumentFixture.SessionOf(party));

        var page = await browser.GetAsync("/account/apps");
        await browser.SubmitAsync(page, [("client", id)], "handler=Withdraw");
        var refreshed = await party.RefreshAsync(tokens.RefreshToken!);

        Assert.Contains($"Research agent ({fixture.Documents.Address.Authority})", page.Text, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", refreshed.Error);
    }

    [Fact]
    public async Task Authorize_takes_no_more_commands_than_for_a_registered_app()
    {
        using var party = await fixture.SignedInAsync(fixture.Serve("counted.json"));
        await ClientDocumentFixture.AskAsync(party);
        using HttpRequestMessage request = new(HttpMethod.Get, party.AuthorizeUrl());

        var (response, commands) = await fixture.Host.SendCountedAsync(party.Browser, request);

        using (response)
            Assert.InRange(commands, 0, 2);
    }

    private Task<string?> StoredAsync() =>
        fixture.Database.ScalarAsync<string?>(
            """
            SELECT (SELECT count(*) FROM idp.grants) || ' ' || (SELECT count(*) FROM idp.clients) || ' '
                || (SELECT count(*) FROM idp.begun_requests) || ' ' || (SELECT count(*) FROM audit_logs)
            """
        );

    private static string Padded(string url) =>
        $$"""{"client_id":"{{url}}","redirect_uris":["http://127.0.0.1/cb"],"x":"{{new string('x', 5 * 1024)}}"}""";

    private static async Task CutAsync(HttpContext http, string body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length + 10;
        await http.Response.WriteAsync(body);
        await http.Response.Body.FlushAsync();
        http.Abort();
    }
}
