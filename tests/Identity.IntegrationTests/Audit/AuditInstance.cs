using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Maintenance;
using Identity.Core.Sessions;
using Identity.IntegrationTests.Keys;
using Identity.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.IntegrationTests.Audit;

/// <summary>The room Audit of one instance.</summary>
internal sealed class AuditInstance
{
    public AuditInstance(Database database, byte[] masterKey, params byte[][] former)
    {
        var options = Options.Create(new AuditOptions { SealDelay = TimeSpan.Zero });
        AuditSealKeys keys = new(new MasterKey(masterKey, former));
        Sealer = new AuditSealer(database, keys, options, NullLogger<AuditSealer>.Instance);
        Verifier = new AuditVerifier(database, keys, options);
        AuditPartitions partitions = new(database, options, NullLogger<AuditPartitions>.Instance)
        {
            Pause = TimeSpan.FromMilliseconds(500),
        };
        Jobs = new MaintenanceJobs(database, Sealer, partitions, Options.Create(new SessionOptions()));
    }

    public AuditSealer Sealer { get; }

    public AuditVerifier Verifier { get; }

    public MaintenanceJobs Jobs { get; }

    public static MaintenanceJobs JobsOf(Database database) =>
        new AuditInstance(database, KeyInstance.NewMasterKey()).Jobs;

    /// <summary>A past month as it would stand there, made by the owner.</summary>
    public static Task<int> AddOldMonthAsync(TestDatabase database, int monthsAgo) =>
        database.ExecuteAsync(
            $"""
            DO $$
            DECLARE month date := date_trunc('month', now() AT TIME ZONE 'UTC') - interval '{monthsAgo} months';
            BEGIN
                EXECUTE format('CREATE TABLE idp.%I PARTITION OF public.audit_logs FOR VALUES FROM (%L) TO (%L)',
                    'audit_logs_' || to_char(month, 'YYYY_MM'), month::text || ' 00:00:00+00',
                        (month + interval '1 month')::date::text || ' 00:00:00+00');
            END
            $$
            """
        );
}
