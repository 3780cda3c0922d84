using Identity.Core.Audit;
using Identity.IntegrationTests.Keys;
using Identity.Testing;
using Npgsql;

namespace Identity.IntegrationTests.Audit;

public sealed class AuditSealTests : IAsyncLifetime
{
    private readonly byte[] _masterKey = KeyInstance.NewMasterKey();
    private TestDatabase _db = null!;
    private AuditInstance _audit = null!;

    public async Task InitializeAsync()
    {
        _db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        _audit = new AuditInstance(_db.Database, _masterKey);
    }

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task An_untouched_log_verifies_over_several_seals_and_days()
    {
        await AddRowsAsync(7, "now() - interval '3 days'");
        await AddRowsAsync(5, "now() - interval '1 day'");
        Assert.Equal(12, await _audit.Sealer.SealAsync(default));
        await AddRowsAsync(3, "clock_timestamp()");
        Assert.Equal(3, await _audit.Sealer.SealAsync(default));

        var verification = await VerifyAsync();

        Assert.Null(verification.Break);
        Assert.Equal(15, verification.Rows);
        Assert.True(verification.Seals >= 4, $"{verification.Seals} seals: a seal covers rows of one day at most.");
        Assert.Empty(verification.Dropped);
    }

    [Theory]
    [InlineData(
        "UPDATE public.audit_logs SET event_status = 'success' WHERE details->>'n' = '3'",
        AuditBreakKind.RowsEdited
    )]
    [InlineData(
        "UPDATE public.audit_logs SET details = details || '{\"x\":1}' WHERE details->>'n' = '3'",
        AuditBreakKind.RowsEdited
    )]
    [InlineData(
        "UPDATE public.audit_logs SET ip_address = '203.0.113.9' WHERE details->>'n' = '3'",
        AuditBreakKind.RowsEdited
    )]
    [InlineData("UPDATE public.audit_logs SET user_id = NULL WHERE details->>'n' = '3'", AuditBreakKind.RowsEdited)]
    [InlineData(
        "UPDATE public.audit_logs SET user_agent = '', ip_address = NULL WHERE details->>'n' = '3'",
        AuditBreakKind.RowsEdited
    )]
    [InlineData(
        "UPDATE public.audit_logs SET created_at = created_at + interval '1 microsecond' WHERE details->>'n' = '3'",
        AuditBreakKind.RowsEdited
    )]
    [InlineData("DELETE FROM public.audit_logs WHERE details->>'n' = '3'", AuditBreakKind.RowsDeleted)]
    [InlineData("DELETE FROM public.audit_logs", AuditBreakKind.RowsDeleted)]
    [InlineData(
        "INSERT INTO public.audit_logs (event_type, event_status, created_at) SELECT 'login', 'success', created_at + "
            + "interval '1 microsecond' FROM public.audit_logs WHERE details->>'n' = '3'",
        AuditBreakKind.RowsInserted
    )]
    [InlineData(
        "INSERT INTO public.audit_logs (event_type, event_status, created_at) VALUES ('login', 'success', now() - "
            + "interval '200 days')",
        AuditBreakKind.RowsInserted
    )]
    [InlineData("UPDATE idp.audit_seals SET row_count = 4 WHERE number = 1", AuditBreakKind.SealEdited)]
    [InlineData(
        "UPDATE idp.audit_seals SET sealed_at = now() - interval '1 day' WHERE number = 2",
        AuditBreakKind.SealEdited
    )]
    [InlineData("DELETE FROM idp.audit_seals WHERE number = 1", AuditBreakKind.SealRemoved)]
    [InlineData("DELETE FROM idp.audit_seals WHERE number = 2", AuditBreakKind.SealRemoved)]
    [InlineData(
        "DELETE FROM idp.audit_seals WHERE number = 1; UPDATE idp.audit_seals SET number = number - 1",
        AuditBreakKind.SealRemoved
    )]
    public async Task What_the_owner_changes_behind_the_products_back_shows(string attack, AuditBreakKind expected)
    {
        for (var seal = 0; seal < 3; seal++)
        {
            await AddRowsAsync(5, "clock_timestamp()");
            await _audit.Sealer.SealAsync(default);
        }
        Assert.Null((await VerifyAsync()).Break);

        await _db.ExecuteAsync(attack);

        Assert.Equal(expected, (await VerifyAsync()).Break?.Kind);
    }

    [Fact]
    public async Task An_owner_without_the_key_cannot_seal_a_changed_log_anew()
    {
        await AddRowsAsync(5, "clock_timestamp()");
        await _audit.Sealer.SealAsync(default);
        await _db.ExecuteAsync("DELETE FROM idp.audit_seals; DELETE FROM public.audit_logs WHERE details->>'n' = '3'");
        await new AuditInstance(_db.Database, KeyInstance.NewMasterKey()).Sealer.SealAsync(default);

        Assert.Equal(AuditBreakKind.KeyMissing, (await VerifyAsync()).Break?.Kind);
    }

    [Fact]
    public async Task Newest_seals_that_were_cut_off_and_made_anew_show_against_a_remembered_one()
    {
        await AddRowsAsync(5, "clock_timestamp()");
        await _audit.Sealer.SealAsync(default);
        var mac = await _db.ScalarAsync<byte[]>("SELECT mac FROM idp.audit_seals ORDER BY number DESC LIMIT 1");
        var number = await _db.ScalarAsync<long>("SELECT max(number) FROM idp.audit_seals");
        AuditAnchor anchor = new(number, mac!);
        Assert.Null((await _audit.Verifier.VerifyAsync(null, anchor, default)).Break);

        await _db.ExecuteAsync(
            "DELETE FROM idp.audit_seals WHERE number = @number; DELETE FROM public.audit_logs WHERE details->>'n' = "
                + "'3'",
            ("number", number)
        );
        Assert.Equal(
            AuditBreakKind.AnchorMissed,
            (await _audit.Verifier.VerifyAsync(null, anchor, default)).Break?.Kind
        );
        await _audit.Sealer.SealAsync(default);

        Assert.Equal(
            AuditBreakKind.AnchorMissed,
            (await _audit.Verifier.VerifyAsync(null, anchor, default)).Break?.Kind
        );
    }

    [Fact]
    public async Task A_month_that_retention_dropped_is_known_and_is_not_tampering()
    {
        await AuditInstance.AddOldMonthAsync(_db, monthsAgo: 5);
        await AddRowsAsync(
            4,
            "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '5 months' + interval '2 days'"
        );
        await AddRowsAsync(
            6,
            "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '5 months' + interval '9 days'"
        );
        await AddRowsAsync(5, "clock_timestamp()");
        await _audit.Sealer.SealAsync(default);

        await _audit.Jobs.RunAsync("partitions", default);
        var verification = await VerifyAsync();

        Assert.Null(verification.Break);
        Assert.Equal([4, 6], verification.Dropped.Select(day => day.Rows));
        Assert.Equal(5, verification.Rows);

        // Forging into the dropped span shows all the same.
        await AddRowsAsync(
            1,
            "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '5 months' + interval '2 days'"
        );
        Assert.Equal(AuditBreakKind.RowsDeleted, (await VerifyAsync()).Break?.Kind);
    }

    [Fact]
    public async Task A_month_that_is_gone_before_its_time_was_not_taken_by_retention()
    {
        await AuditInstance.AddOldMonthAsync(_db, monthsAgo: 2);
        await AddRowsAsync(
            4,
            "date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '2 months' + interval '2 days'"
        );
        await _audit.Sealer.SealAsync(default);

        await _db.ExecuteAsync(
            "DO $$ BEGIN EXECUTE format('DROP TABLE idp.%I', 'audit_logs_' || to_char(date_trunc('month', now() AT "
                + "TIME ZONE 'UTC') - interval '2 months', 'YYYY_MM')); END $$"
        );

        Assert.Equal(AuditBreakKind.RowsDeleted, (await VerifyAsync()).Break?.Kind);
    }

    [Fact]
    public async Task An_event_that_commits_late_is_inside_its_seal()
    {
        await using var connection = await _db.Application.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            NpgsqlCommand late = new(
                "INSERT INTO public.audit_logs (event_type, event_status) VALUES ('login', 'success')",
                connection,
                transaction
            )
        )
            await late.ExecuteNonQueryAsync();
        await AddRowsAsync(2, "clock_timestamp()");
        await _audit.Sealer.SealAsync(default);
        await transaction.CommitAsync();
        await _audit.Sealer.SealAsync(default);

        var verification = await VerifyAsync();

        Assert.Null(verification.Break);
        Assert.Equal(3, verification.Rows);
    }

    [Fact]
    public async Task Instances_that_seal_at_once_make_one_chain()
    {
        await AddRowsAsync(50, "now() - interval '2 days'");
        await AddRowsAsync(50, "clock_timestamp()");

        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(_ => Task.Run(() => new AuditInstance(_db.Database, _masterKey).Sealer.SealAsync(default)))
        );
        await _audit.Sealer.SealAsync(default);

        var verification = await VerifyAsync();
        Assert.Null(verification.Break);
        Assert.Equal(100, verification.Rows);
    }

    [Fact]
    public async Task A_log_that_nobody_seals_is_reported()
    {
        await AddRowsAsync(1, "now() - interval '2 days'");

        Assert.Equal(AuditBreakKind.Unsealed, (await VerifyAsync()).Break?.Kind);
    }

    [Fact]
    public async Task A_former_master_key_verifies_what_it_sealed_and_since_leaves_older_seals_alone()
    {
        await AddRowsAsync(5, "clock_timestamp()");
        await _audit.Sealer.SealAsync(default);
        var newKey = KeyInstance.NewMasterKey();
        AuditInstance after = new(_db.Database, newKey, _masterKey);
        await AddRowsAsync(5, "clock_timestamp()");
        await after.Sealer.SealAsync(default);

        Assert.Null((await after.Verifier.VerifyAsync(null, null, default)).Break);

        AuditInstance without = new(_db.Database, newKey);
        Assert.Equal(AuditBreakKind.KeyMissing, (await without.Verifier.VerifyAsync(null, null, default)).Break?.Kind);
        var changed = await _db.ScalarAsync<DateTime>("SELECT through_time FROM idp.audit_seals WHERE number = 1");
        Assert.Null((await without.Verifier.VerifyAsync(changed, null, default)).Break);
    }

    [Fact]
    public async Task The_application_role_cannot_change_or_remove_a_seal()
    {
        await _audit.Sealer.SealAsync(default);

        foreach (
            var sql in (string[])
                [
                    "UPDATE idp.audit_seals SET row_count = 0",
                    "DELETE FROM idp.audit_seals",
                    "UPDATE public.audit_logs SET user_id = NULL",
                    "DELETE FROM public.audit_logs",
                ]
        )
            Assert.Equal(
                "42501",
                (await Assert.ThrowsAsync<PostgresException>(() => _db.Database.ExecuteAsync(sql, default))).SqlState
            );
    }

    private Task<AuditVerification> VerifyAsync() => _audit.Verifier.VerifyAsync(null, null, default);

    private Task<int> AddRowsAsync(int count, string at) =>
        _db.ExecuteAsync(
            $$"""
            INSERT INTO public.audit_logs (user_id, event_type, event_status, ip_address, user_agent, details,
                created_at)
            SELECT gen_random_uuid(), 'login', 'failure', '192.0.2.1', 'agent', jsonb_build_object('n', n::text),
                {{at}} + make_interval(secs => n / 1e6) FROM generate_series(1, {{count}}) n
            """
        );
}
