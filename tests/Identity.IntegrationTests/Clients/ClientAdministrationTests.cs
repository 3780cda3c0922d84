using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Testing;

namespace Identity.IntegrationTests.Clients;

/// <summary>What an operator does to apps, whichever way they ask.</summary>
public sealed class ClientAdministrationTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_change_is_audited_with_old_and_new_values_and_without_secrets()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        var actor = AppsFixture.Person();
        var secret = await apps.AddAsync("audited");
        var read = await apps.ReadAsync("audited");
        read.Definition!.RedirectUris = ["https://app.example/other"];
        read.Definition.RequireConsent = true;

        var outcome = await apps.Clients.ChangeAsync(
            actor,
            "audited",
            read.Definition,
            read.Version,
            AppsFixture.From,
            default
        );

        Assert.IsType<AdminOutcome<WrittenClient>.Done>(outcome);
        Assert.True(apps.Registry.Find("audited")!.RequireConsent);
        Assert.True(ClientSecrets.Verify(apps.Registry.Find("audited")!, secret, DateTimeOffset.UnixEpoch));
        var details = await fixture.Database.ScalarAsync<string>(
            """
            SELECT details::text FROM public.audit_logs
            WHERE event_type = 'client_changed' AND details ->> 'client_id' = 'audited'
            """
        );
        Assert.Contains(actor.Id, details, StringComparison.Ordinal);
        Assert.Contains("\"old.redirect_uris\": [\"https://app.example/cb\"]", details, StringComparison.Ordinal);
        Assert.Contains("\"new.redirect_uris\": [\"https://app.example/other\"]", details, StringComparison.Ordinal);
        Assert.Contains("\"changed\": [\"redirect_uris\", \"require_consent\"]", details, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256", details, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Of_many_changes_of_one_version_at_once_one_takes_effect_and_the_others_are_stale()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("raced");
        var version = (await apps.ReadAsync("raced")).Version;

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(index =>
                    apps.Clients.ChangeAsync(
                        AppsFixture.Person(),
                        "raced",
                        new() { RedirectUris = [$"https://app.example/{index}"] },
                        version,
                        AppsFixture.From,
                        default
                    )
                )
        );

        Assert.Single(outcomes.OfType<AdminOutcome<WrittenClient>.Done>());
        Assert.Equal(
            11,
            outcomes.OfType<AdminOutcome<WrittenClient>.Failed>().Count(static one => one.Reason is AdminOutcome.Stale)
        );
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                """
                SELECT count(*) FROM public.audit_logs
                WHERE event_type = 'client_changed' AND details ->> 'client_id' = 'raced'
                """
            )
        );
    }

    [Fact]
    public async Task An_app_with_administrative_scopes_is_out_of_reach_for_who_lacks_the_permissions()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("powerful", AppsFixture.WebApp("openid", "identity.users.erase"));
        await apps.AddAsync("plain");
        var weak = AppsFixture.Person(
            AdminPermission.ClientsRead,
            AdminPermission.ClientsWrite,
            AdminPermission.ClientsSecrets
        );

        AdminOutcome[] refused =
        [
            AppsFixture.ReasonOf(
                await apps.Clients.CreateAsync(
                    weak,
                    "new",
                    AppsFixture.WebApp("openid", "identity.users.erase"),
                    AppsFixture.From,
                    default
                )
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.ChangeAsync(
                    weak,
                    "plain",
                    AppsFixture.WebApp("openid", "identity.users.erase"),
                    null,
                    AppsFixture.From,
                    default
                )
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.ChangeAsync(
                    weak,
                    "powerful",
                    AppsFixture.WebApp("openid"),
                    null,
                    AppsFixture.From,
                    default
                )
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.RotateSecretAsync(weak, "powerful", default, null, AppsFixture.From, default)
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.AllowAddressAsync(
                    weak,
                    "powerful",
                    "https://thief.example/cb",
                    AppsFixture.From,
                    default
                )
            ),
            await apps.Clients.RemoveAsync(weak, "powerful", null, AppsFixture.From, default),
        ];

        Assert.All(
            refused,
            static outcome => Assert.Equal(AdminRule.NotHeld, Assert.IsType<AdminOutcome.Refused>(outcome).Rule)
        );
        Assert.Null(apps.Registry.Find("new"));
        Assert.DoesNotContain("identity.users.erase", apps.Registry.Find("plain")!.Scopes);
    }

    [Fact]
    public async Task Without_its_permission_no_action_takes_effect()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("kept");
        var secretId = (await apps.ReadAsync("kept")).Secrets[0].Id;
        var reader = AppsFixture.Person(AdminPermission.ClientsRead);
        var stranger = AppsFixture.Person(AdminPermission.UsersRead);

        AdminOutcome[] refused =
        [
            AppsFixture.ReasonOf(apps.Clients.List(stranger, null, null, 10)),
            AppsFixture.ReasonOf(await apps.Clients.ReadAsync(stranger, "kept", default)),
            AppsFixture.ReasonOf(
                await apps.Clients.CreateAsync(reader, "more", AppsFixture.WebApp(), AppsFixture.From, default)
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.ChangeAsync(
                    reader,
                    "kept",
                    AppsFixture.WebApp("openid"),
                    null,
                    AppsFixture.From,
                    default
                )
            ),
            AppsFixture.ReasonOf(
                await apps.Clients.RotateSecretAsync(reader, "kept", default, null, AppsFixture.From, default)
            ),
            await apps.Clients.RevokeSecretAsync(reader, "kept", secretId, AppsFixture.From, default),
            await apps.Clients.RemoveAsync(reader, "kept", null, AppsFixture.From, default),
        ];

        Assert.All(refused, static outcome => Assert.IsType<AdminOutcome.Refused>(outcome));
        Assert.NotNull(apps.Registry.Find("kept"));
        Assert.Null(apps.Registry.Find("more"));
    }

    [Fact]
    public async Task What_cannot_be_undone_waits_for_a_fresh_proof()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("precious");
        var late = AppsFixture.WithoutFreshProof(AppsFixture.Person());

        var removed = await apps.Clients.RemoveAsync(late, "precious", null, AppsFixture.From, default);
        var allowed = await apps.Clients.AllowAddressAsync(
            late,
            "precious",
            "https://other.example/cb",
            AppsFixture.From,
            default
        );

        Assert.IsType<AdminOutcome.NeedsProof>(removed);
        Assert.IsType<AdminOutcome.NeedsProof>(AppsFixture.ReasonOf(allowed));
        Assert.Equal(["https://app.example/cb"], apps.Registry.Find("precious")!.RedirectUris);
    }

    [Fact]
    public async Task A_key_is_as_good_as_a_secret_and_needs_the_same_permission()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("keyed");
        var definition = AppsFixture.WebApp();
        (definition.TokenEndpointAuthMethod, definition.JwksUri) = ("private_key_jwt", "https://thief.example/jwks");

        var refused = await apps.Clients.ChangeAsync(
            AppsFixture.Person(AdminPermission.ClientsWrite),
            "keyed",
            definition,
            null,
            AppsFixture.From,
            default
        );
        var digests = AppsFixture.WebApp();
        digests.Secrets = [ClientSecrets.Generate().Stored];
        var handed = await apps.Clients.CreateAsync(
            AppsFixture.Person(AdminPermission.ClientsWrite),
            "handed",
            digests,
            AppsFixture.From,
            default
        );

        Assert.Equal("clients.secrets", Assert.IsType<AdminOutcome.Refused>(AppsFixture.ReasonOf(refused)).Rule);
        Assert.Equal("clients.secrets", Assert.IsType<AdminOutcome.Refused>(AppsFixture.ReasonOf(handed)).Rule);
    }

    [Fact]
    public async Task Secrets_overlap_after_rotation_end_when_revoked_and_are_not_changed_with_the_definition()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        var first = await apps.AddAsync("rotated");
        var oldId = Assert.Single((await apps.ReadAsync("rotated")).Secrets).Id;
        var now = TimeProvider.System.GetUtcNow();

        var rotated = Assert
            .IsType<AdminOutcome<RotatedSecret>.Done>(
                await apps.Clients.RotateSecretAsync(
                    AppsFixture.Person(),
                    "rotated",
                    TimeSpan.FromHours(1),
                    "second",
                    AppsFixture.From,
                    default
                )
            )
            .Value;
        var both = apps.Registry.Find("rotated")!;
        var intruder = AppsFixture.WebApp();
        intruder.Secrets = [ClientSecrets.Generate().Stored];
        await apps.Clients.ChangeAsync(AppsFixture.Person(), "rotated", intruder, null, AppsFixture.From, default);
        var unchanged = apps.Registry.Find("rotated")!;
        var revoked = await apps.Clients.RevokeSecretAsync(
            AppsFixture.Person(),
            "rotated",
            oldId,
            AppsFixture.From,
            default
        );
        var last = await apps.Clients.RevokeSecretAsync(
            AppsFixture.Person(),
            "rotated",
            rotated.Id,
            AppsFixture.From,
            default
        );

        Assert.True(ClientSecrets.Verify(both, first, now) && ClientSecrets.Verify(both, rotated.Secret, now));
        Assert.False(ClientSecrets.Verify(both, first, now + TimeSpan.FromHours(2)));
        Assert.Equal(both.Secrets.Select(Digest), unchanged.Secrets.Select(Digest));
        Assert.IsType<AdminOutcome.Done>(revoked);
        Assert.False(ClientSecrets.Verify(apps.Registry.Find("rotated")!, first, now));
        Assert.IsType<AdminOutcome.Invalid>(last);

        static string Digest(ClientSecret secret) => Convert.ToHexString(secret.Sha256);
    }

    [Fact]
    public async Task Every_fault_of_a_definition_is_told_at_once_by_its_name()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        ClientDefinition wrong = new()
        {
            RedirectUris = ["http://evil.example/cb"],
            Scopes = ["openid", "nothing:here"],
            AccessTokenLifetime = TimeSpan.FromDays(1),
        };

        var outcome = await apps.Clients.CreateAsync(
            AppsFixture.Person(),
            "urn:example:wrong",
            wrong,
            AppsFixture.From,
            default
        );

        var invalid = Assert.IsType<AdminOutcome.Invalid>(AppsFixture.ReasonOf(outcome));
        Assert.Equal(
            ["access_token_lifetime", "redirect_uris", "scopes"],
            invalid.More.Prepend(invalid).Select(static fault => fault.Field).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_client_of_the_configuration_is_read_and_never_changed()
    {
        using var apps = await AppsFixture.CreateAsync(
            fixture.Database,
            ("Identity:Clients:written:Profile", "Spa"),
            ("Identity:Clients:written:RedirectUris:0", "https://written.example/cb")
        );

        var changed = await apps.Clients.ChangeAsync(
            AppsFixture.Person(),
            "written",
            AppsFixture.WebApp(),
            null,
            AppsFixture.From,
            default
        );
        var twice = await apps.Clients.CreateAsync(
            AppsFixture.Person(),
            "written",
            AppsFixture.WebApp(),
            AppsFixture.From,
            default
        );

        Assert.False((await apps.ReadAsync("written")).IsStored);
        Assert.Equal(AdminRule.BuiltIn, Assert.IsType<AdminOutcome.Refused>(AppsFixture.ReasonOf(changed)).Rule);
        Assert.Equal("client_id", Assert.IsType<AdminOutcome.Invalid>(AppsFixture.ReasonOf(twice)).Field);
    }

    [Fact]
    public async Task The_list_is_searched_and_goes_on_by_key()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        foreach (var id in new[] { "list-c", "list-a", "list-b" })
            await apps.AddAsync(id);

        var first = apps.Clients.List(AppsFixture.Person(), "LIST-", null, 2);
        var second = apps.Clients.List(AppsFixture.Person(), "LIST-", "list-b", 2);

        Assert.Equal(["list-a", "list-b"], IdsOf(first));
        Assert.Equal(["list-c"], IdsOf(second));

        static IEnumerable<string> IdsOf(AdminOutcome<IReadOnlyList<ClientListing>> outcome) =>
            Assert
                .IsType<AdminOutcome<IReadOnlyList<ClientListing>>.Done>(outcome)
                .Value.Select(static client => client.Id);
    }

    [Fact]
    public async Task An_address_is_not_added_by_the_form_of_all_properties_without_a_fresh_proof()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        await apps.AddAsync("sidedoor");
        var late = AppsFixture.WithoutFreshProof(AppsFixture.Person());
        var definition = AppsFixture.WebApp();
        definition.RedirectUris = ["https://app.example/cb", "https://thief.example/cb"];

        var refused = await apps.Clients.ChangeAsync(late, "sidedoor", definition, null, AppsFixture.From, default);
        definition.RedirectUris = ["https://app.example/cb"];
        definition.RequireConsent = true;
        var other = await apps.Clients.ChangeAsync(late, "sidedoor", definition, null, AppsFixture.From, default);

        Assert.IsType<AdminOutcome.NeedsProof>(AppsFixture.ReasonOf(refused));
        Assert.IsType<AdminOutcome<WrittenClient>.Done>(other);
        Assert.Equal(["https://app.example/cb"], apps.Registry.Find("sidedoor")!.RedirectUris);
    }

    [Fact]
    public async Task Another_profile_takes_no_secret_away_and_gives_none_without_the_permission_for_secrets()
    {
        using var apps = await AppsFixture.CreateAsync(fixture.Database);
        var secret = await apps.AddAsync("turned");
        var weak = AppsFixture.Person(AdminPermission.ClientsWrite);
        var definition = AppsFixture.WebApp();
        definition.Profile = ClientProfile.Spa;

        var opened = await apps.Clients.ChangeAsync(weak, "turned", definition, null, AppsFixture.From, default);

        Assert.Equal(
            AdminPermission.ClientsSecrets.Name,
            Assert.IsType<AdminOutcome.Refused>(AppsFixture.ReasonOf(opened)).Rule
        );
        Assert.True(ClientSecrets.Verify(apps.Registry.Find("turned")!, secret, DateTimeOffset.UnixEpoch));
    }
}
