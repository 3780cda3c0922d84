using System.Text;
using Identity.Core.Clients;
using Identity.Core.Import.Clients;
using Identity.Testing;

namespace Identity.IntegrationTests.Import;

/// <summary>The samples of docs/migration: clients in the format of their own systems.</summary>
public sealed class ClientImportTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Clients_of_Keycloak_are_carried_over_with_their_secrets_and_the_rest_is_listed()
    {
        await using var rooms = await RoomsAsync();

        var rows = await ImportAsync(rooms, "keycloak.json", ClientFileSource.Keycloak);

        var shop = Row(rows, "kc-shop");
        Assert.Equal(("added", null), (shop.Outcome, shop.Secret));
        Assert.Contains(
            shop.Notes,
            static note => note.StartsWith("directAccessGrantsEnabled", StringComparison.Ordinal)
        );
        Assert.Contains(shop.Notes, static note => note.StartsWith("protocolMappers", StringComparison.Ordinal));
        Assert.Contains(
            shop.Notes,
            static note => note.Contains("https://shop.example.com/*", StringComparison.Ordinal)
        );
        Assert.Contains(shop.Notes, static note => note.StartsWith("AccessTokenLifetime", StringComparison.Ordinal));
        Assert.Equal("skipped", Row(rows, "account").Outcome);
        Assert.Equal("skipped", Row(rows, "kc-saml").Outcome);
        Assert.Equal(ClientProfile.Spa, rooms.Get<ClientRegistry>().Find("kc-spa")!.Profile);
        Assert.Equal(ClientProfile.Service, rooms.Get<ClientRegistry>().Find("kc-nightly")!.Profile);
        Assert.True(
            ClientSecrets.Verify(
                rooms.Get<ClientRegistry>().Find("kc-shop")!,
                "3rYpT8vQ1mK6sN9xB4wZ7cF2hJ5dG0aL",
                TimeProvider.System.GetUtcNow()
            )
        );
    }

    [Theory]
    [InlineData("duende-appsettings.json", "settings")]
    [InlineData("duende-tables.json", "tables")]
    public async Task Clients_of_Duende_are_carried_over_with_their_secrets_and_the_rest_is_listed(
        string file,
        string prefix
    )
    {
        await using var rooms = await RoomsAsync();

        var rows = await ImportAsync(rooms, file, ClientFileSource.Duende);

        var shop = Row(rows, $"{prefix}-shop");
        var client = rooms.Get<ClientRegistry>().Find($"{prefix}-shop")!;
        Assert.Equal(("added", null), (shop.Outcome, shop.Secret));
        Assert.Contains("refresh_token", client.GrantTypes);
        Assert.Equal(
            ["https://shop.example.com/signin-oidc"],
            client.RedirectUris.Select(static uri => uri.ToString())
        );
        Assert.True(ClientSecrets.Verify(client, "3rYpT8vQ1mK6sN9xB4wZ7cF2hJ5dG0aL", TimeProvider.System.GetUtcNow()));
        Assert.Contains(shop.Notes, static note => note.StartsWith("AccessTokenLifetime", StringComparison.Ordinal));
        Assert.Contains(
            Row(rows, $"{prefix}-old").Notes,
            static note => note == "AllowedGrantTypes password: not supported."
        );
    }

    [Fact]
    public async Task Clients_of_OpenIddict_get_new_secrets_for_theirs_cannot_be_carried_over()
    {
        await using var rooms = await RoomsAsync();

        var rows = await ImportAsync(rooms, "openiddict.json", ClientFileSource.OpenIddict);

        var shop = Row(rows, "oi-shop");
        Assert.Equal("added", shop.Outcome);
        Assert.True(
            ClientSecrets.Verify(
                rooms.Get<ClientRegistry>().Find("oi-shop")!,
                shop.Secret!,
                TimeProvider.System.GetUtcNow()
            )
        );
        Assert.Contains(shop.Notes, static note => note.StartsWith("ClientSecret", StringComparison.Ordinal));
        Assert.Null(Row(rows, "oi-phone").Secret);
        Assert.Equal(ClientProfile.Native, rooms.Get<ClientRegistry>().Find("oi-phone")!.Profile);
    }

    [Fact]
    public async Task What_is_exported_is_imported_again_without_loss_and_a_dry_run_writes_nothing()
    {
        await using var rooms = await RoomsAsync();
        ClientDefinition definition = new()
        {
            Name = "Round trip",
            RedirectUris = ["https://round.example.com/cb"],
            Scopes = ["openid", "offline_access"],
            GrantTypes = ["authorization_code", "refresh_token"],
            AccessTokenLifetime = TimeSpan.FromMinutes(5),
            AccessTokenFormat = AccessTokenFormat.Reference,
            Secrets = [ClientSecrets.Generate("one", TimeProvider.System.GetUtcNow().AddDays(9)).Stored],
        };
        var store = rooms.Get<ClientStore>();
        foreach (var id in new[] { "round", "urn:round:trip" })
            Assert.IsType<ClientWriteResult.Written>(
                await store.AddAsync(id, definition, ClientSource.CommandLine, Rooms.Stranger, default)
            );
        var importer = rooms.Get<ClientImporter>();

        var exported = await importer.ExportAsync(default);
        await store.RemoveAsync("round", Rooms.Stranger, default);
        await store.RemoveAsync("urn:round:trip", Rooms.Stranger, default);
        await rooms.Get<ClientRegistry>().LoadAsync(strict: true, default);
        var file = Encoding.UTF8.GetBytes(exported);
        await importer.ImportAsync(file, ClientFileSource.Identity, dryRun: true, Rooms.Stranger, default);
        var afterDryRun = await store.FindAsync("round", default);
        await importer.ImportAsync(file, ClientFileSource.Identity, dryRun: false, Rooms.Stranger, default);

        Assert.Null(afterDryRun);
        Assert.Equal(definition.ToJson(), (await store.FindAsync("round", default))!.ToJson());
        Assert.Equal(definition.ToJson(), (await store.FindAsync("urn:round:trip", default))!.ToJson());
        Assert.Equal(exported, await importer.ExportAsync(default));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"clients\":1,\"clients\":2}")]
    public async Task What_is_not_JSON_is_said_to_be_none(string file)
    {
        await using var rooms = await RoomsAsync();

        Assert.Null(
            await rooms
                .Get<ClientImporter>()
                .ImportAsync(Encoding.UTF8.GetBytes(file), ClientFileSource.Keycloak, true, Rooms.Stranger, default)
        );
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(
        "{\"clients\":[1,null,\"x\",{}],\"IdentityServer\":{\"Clients\":[[]]},\"Identity\":{\"Clients\":{\"a\":7}}}"
    )]
    public async Task A_document_of_another_form_adds_nothing_and_never_throws(string file)
    {
        await using var rooms = await RoomsAsync();

        foreach (var source in Enum.GetValues<ClientFileSource>())
        {
            var rows = await rooms
                .Get<ClientImporter>()
                .ImportAsync(Encoding.UTF8.GetBytes(file), source, false, Rooms.Stranger, default);
            Assert.DoesNotContain(rows!, static row => row.Outcome == "added");
        }
    }

    private async Task<Rooms> RoomsAsync()
    {
        Rooms rooms = new(fixture.Database);
        await rooms.Get<ClientRegistry>().LoadAsync(strict: true, default);
        return rooms;
    }

    private static async Task<IReadOnlyList<ClientImportRow>> ImportAsync(
        Rooms rooms,
        string file,
        ClientFileSource source
    )
    {
        var bytes = await File.ReadAllBytesAsync(Repository.PathOf($"docs/migration/samples/{file}"));
        var rows = await rooms.Get<ClientImporter>().ImportAsync(bytes, source, dryRun: false, Rooms.Stranger, default);
        await rooms.Get<ClientRegistry>().LoadAsync(strict: true, default);
        Assert.DoesNotContain(rows!, static row => row.Outcome == "refused");
        return rows!;
    }

    private static ClientImportRow Row(IEnumerable<ClientImportRow> rows, string id) =>
        rows.Single(row => row.ClientId == id);
}
