using System.Security.Cryptography;
using Identity.Core.External;
using Identity.Core.Passkeys;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Passkeys;

public sealed class PasskeyStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_passkey_comes_back_as_it_was_added_and_its_credential_is_one_persons_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<PasskeyStore>();
        var (user, other) = (await rooms.UserAsync(), await rooms.UserAsync());
        var passkey = Of(user);

        Assert.Equal(
            PasskeyAddition.Added,
            await store.AddAsync(await rooms.ProofAsync(user), passkey, Rooms.Stranger, default)
        );
        Assert.Equal(
            PasskeyAddition.Known,
            await store.AddAsync(
                other.Credential,
                Of(other) with
                {
                    CredentialId = passkey.CredentialId,
                },
                Rooms.Stranger,
                default
            )
        );

        var found = (await store.FindByCredentialAsync(passkey.CredentialId, default))!;
        Assert.Equal(
            (passkey.Id, user.Id, 4_000_000_000u, "My key"),
            (found.Id, found.UserId, found.SignCount, found.Name)
        );
        Assert.Equal(passkey.PublicKey, found.PublicKey);
        Assert.Equal(["internal", "hybrid"], found.Transports);
        Assert.Equal((true, true, false), (found.IsUserVerified, found.IsBackupEligible, found.IsBackedUp));
        Assert.Single(await store.ListAsync(user.Id, default));
        Assert.Contains(
            "“My key”",
            Assert.Single(await rooms.MailsToAsync(user.Email)).Content.Text,
            StringComparison.Ordinal
        );
        await fixture.Database.ExecuteAsync("UPDATE users SET is_disabled = true WHERE id = @id", ("id", user.Id));
        Assert.Null(await store.FindByCredentialAsync(passkey.CredentialId, default));
    }

    [Fact]
    public async Task Of_twenty_parallel_uses_of_one_counter_value_one_is_noted_and_a_counter_never_runs_back()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<PasskeyStore>();
        var user = await rooms.UserAsync();
        var passkey = Of(user) with { SignCount = 7 };
        await store.AddAsync(await rooms.ProofAsync(user), passkey, Rooms.Stranger, default);

        var noted = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => store.NoteUseAsync(passkey.Id, Report(8), Rooms.Stranger, default))
        );

        Assert.Single(noted, static use => use is PasskeyUse.Accepted);
        Assert.IsType<PasskeyUse.CounterRanBack>(
            await store.NoteUseAsync(passkey.Id, Report(7), Rooms.Stranger, default)
        );
    }

    [Fact]
    public async Task An_authenticator_without_a_counter_can_be_used_again_and_again()
    {
        await using var rooms = new Rooms(fixture.Database);
        var user = await rooms.UserAsync();
        var passkey = Of(user) with { SignCount = 0 };
        await rooms.Get<PasskeyStore>().AddAsync(await rooms.ProofAsync(user), passkey, Rooms.Stranger, default);

        for (var use = 0; use < 2; use++)
            Assert.IsType<PasskeyUse.Accepted>(
                await rooms.Get<PasskeyStore>().NoteUseAsync(passkey.Id, Report(0), Rooms.Stranger, default)
            );
    }

    [Theory]
    [InlineData(7, true, false, 8, false, false, "backup_no_longer_eligible")]
    [InlineData(7, false, false, 8, true, true, "backup_eligible")]
    [InlineData(7, true, false, 8, true, true, null)]
    [InlineData(7, true, true, 8, true, false, null)]
    [InlineData(7, true, true, 0, true, true, "counter_stopped")]
    [InlineData(0, true, true, 5, true, true, null)]
    public async Task What_a_good_authenticator_reports_anew_is_stored_and_noted_and_refuses_nobody(
        uint count,
        bool eligible,
        bool backedUp,
        uint nextCount,
        bool nextEligible,
        bool nextBackedUp,
        string? signal
    )
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<PasskeyStore>();
        var user = await rooms.UserAsync();
        var passkey = Of(user) with { SignCount = count, IsBackupEligible = eligible, IsBackedUp = backedUp };
        await store.AddAsync(user.Credential, passkey, Rooms.Stranger, default);

        var use = await store.NoteUseAsync(
            passkey.Id,
            new(nextCount, nextEligible, nextBackedUp),
            Rooms.Stranger,
            default
        );

        Assert.Equal(user.Credential, Assert.IsType<PasskeyUse.Accepted>(use).Owner);
        var kept = Assert.Single(await store.ListAsync(user.Id, default));
        Assert.Equal((nextCount, nextEligible, nextBackedUp), (kept.SignCount, kept.IsBackupEligible, kept.IsBackedUp));
        Assert.Equal(
            signal,
            await fixture.Database.ScalarAsync<string>(
                "SELECT details -> 'signals' ->> 0 FROM audit_logs WHERE user_id = @id "
                    + "AND event_type = 'passkey_signal'",
                ("id", user.Id)
            )
        );
    }

    [Fact]
    public async Task The_last_way_to_sign_in_cannot_be_removed()
    {
        await using var rooms = new Rooms(fixture.Database);
        var (store, external) = (rooms.Get<PasskeyStore>(), rooms.Get<ExternalLoginStore>());
        var user = await rooms.UserAsync();
        await fixture.Database.ExecuteAsync("UPDATE users SET password_hash = NULL WHERE id = @id", ("id", user.Id));
        var (one, two) = (Of(user), Of(user));
        await store.AddAsync(await rooms.ProofAsync(user), one, Rooms.Stranger, default);
        await store.AddAsync(await rooms.ProofAsync(user), two, Rooms.Stranger, default);

        Assert.False(await store.RemoveAsync((await rooms.UserAsync()).Credential, one.Id, Rooms.Stranger, default));
        var removed = await Task.WhenAll(
            store.RemoveAsync(user.Credential, one.Id, Rooms.Stranger, default),
            store.RemoveAsync(user.Credential, two.Id, Rooms.Stranger, default)
        );

        Assert.Single(removed, static gone => gone);
        Assert.Single(await store.ListAsync(user.Id, default));
        Assert.True(
            await external.LinkAsync(
                await rooms.ProofAsync(user),
                "work",
                "https://work.example",
                Guid.NewGuid().ToString(),
                "Ada\u0000",
                Rooms.Stranger,
                default
            )
        );
        Assert.True(
            await store.RemoveAsync(
                await rooms.ProofAsync(user),
                (await store.ListAsync(user.Id, default))[0].Id,
                Rooms.Stranger,
                default
            )
        );
        Assert.False(await external.UnlinkAsync(await rooms.ProofAsync(user), "work", Rooms.Stranger, default));
    }

    [Fact]
    public async Task Names_are_one_clean_line_and_belong_to_their_owner()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<PasskeyStore>();
        var user = await rooms.UserAsync();
        var passkey = Of(user);
        await store.AddAsync(await rooms.ProofAsync(user), passkey, Rooms.Stranger, default);

        Assert.False(
            await store.RenameAsync((await rooms.UserAsync()).Id, passkey.Id, "Mine", Rooms.Stranger, default)
        );
        Assert.True(
            await store.RenameAsync(
                user.Id,
                passkey.Id,
                " Phone\r\n\u0000\u202e" + new string('x', 200),
                Rooms.Stranger,
                default
            )
        );

        Assert.Equal("Phone" + new string('x', 95), (await store.ListAsync(user.Id, default))[0].Name);
        Assert.Equal("Passkey", PasskeyName.Clean(" \u0007 "));
    }

    [Fact]
    public async Task MF_9_the_state_of_a_ceremony_is_taken_out_by_one_of_twenty_for_its_own_purpose_and_person_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<PasskeyCeremonyStore>();
        var (user, other) = (await rooms.UserAsync(), await rooms.UserAsync());
        var token = await store.BeginAsync(
            PasskeyCeremony.Registration,
            user.Credential,
            "challenge-of-the-handler",
            default
        );
        var late = await store.BeginAsync(PasskeyCeremony.SignIn, null, "x", default);
        await fixture.Database.ExecuteAsync(
            "UPDATE idp.passkey_ceremonies SET expires_at = now() WHERE token_hash = @hash",
            ("hash", late.Digest.Value)
        );

        Assert.DoesNotContain(
            "challenge-of",
            await fixture.Database.ScalarAsync<string>(
                "SELECT string_agg(encode(state_protected, 'escape'), '') FROM idp.passkey_ceremonies"
            ),
            StringComparison.Ordinal
        );
        Assert.Null(await store.TakeAsync(token, PasskeyCeremony.SignIn, user.Credential, default));
        Assert.Null(await store.TakeAsync(token, PasskeyCeremony.Registration, other.Credential, default));
        Assert.Null(await store.TakeAsync(token, PasskeyCeremony.Registration, null, default));
        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => store.TakeAsync(token, PasskeyCeremony.Registration, user.Credential, default))
        );

        Assert.Equal("challenge-of-the-handler", Assert.Single(taken, static state => state is not null));
        Assert.Null(await store.TakeAsync(late, PasskeyCeremony.SignIn, null, default));
    }

    [Fact]
    public async Task A_subject_elsewhere_is_linked_to_one_account_and_found_by_provider_and_subject_only()
    {
        await using var rooms = new Rooms(fixture.Database);
        var store = rooms.Get<ExternalLoginStore>();
        var users = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => rooms.UserAsync()));
        var subject = Guid.NewGuid().ToString();

        var linked = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    store.LinkAsync(
                        users[n % 4].Credential,
                        "work",
                        "https://work.example",
                        subject,
                        "Ada",
                        Rooms.Stranger,
                        default
                    )
                )
        );

        Assert.Single(linked, static won => won);
        var owner = await store.FindAsync("work", "https://work.example", subject, default);
        Assert.Contains(users, user => user.Id == owner?.UserId);
        Assert.Null(await store.FindAsync("school", "https://work.example", subject, default));
        Assert.Null(await store.FindAsync("work", "https://other.example", subject, default));
        Assert.False(
            await store.LinkAsync(
                users[0].Credential,
                "school",
                "https://school.example",
                "a\u0000b",
                null,
                Rooms.Stranger,
                default
            )
        );
        Assert.Equal("Ada", Assert.Single(await store.ListAsync(owner!.UserId, default)).DisplayName);
        Assert.True(await store.UnlinkAsync(owner, "work", Rooms.Stranger, default));
        Assert.Null(await store.FindAsync("work", "https://work.example", subject, default));
    }

    private static PasskeyReport Report(uint count) => new(count, IsBackupEligible: true, IsBackedUp: false);

    internal static Passkey Of(UserAccount user) =>
        new()
        {
            UserId = user.Id,
            CredentialId = RandomNumberGenerator.GetBytes(32),
            PublicKey = RandomNumberGenerator.GetBytes(77),
            SignCount = 4_000_000_000,
            Transports = ["internal", "hybrid"],
            IsUserVerified = true,
            IsBackupEligible = true,
            IsBackedUp = false,
            AttestationObject = [1, 2, 3],
            ClientDataJson = [4, 5],
            Name = "My key",
        };
}
