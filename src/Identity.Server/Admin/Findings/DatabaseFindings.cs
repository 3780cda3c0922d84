using Npgsql;

namespace Identity.Server.Admin.Findings;

// Findings owns what is asked of the database and of a running provider, and how a fault is worded. The doctor and the
// settings page show the same findings.

/// <summary>The doctor's checks of the database.</summary>
internal static class DatabaseFindings
{
    /// <summary>The application's role can do its work, and nothing that would let an attacker with its password cover
    /// their tracks (DB-6, LG-3).</summary>
    public static async Task OfRolesAsync(
        NpgsqlDataSource source,
        Action<string, string> fault,
        Action<string, string> ok,
        CancellationToken cancel
    )
    {
        const string question = """
            SELECT rolsuper,
                   has_table_privilege('public.audit_logs', 'UPDATE')
                       OR has_table_privilege('public.audit_logs', 'DELETE')
                       OR has_table_privilege('public.audit_logs', 'TRUNCATE'),
                   has_schema_privilege('public', 'CREATE') OR has_schema_privilege('idp', 'CREATE'),
                   ARRAY(SELECT format('%s on %s', right_name, table_name)
                         FROM unnest(ARRAY['public.users', 'public.sessions', 'public.refresh_tokens', 'idp.grants',
                             'idp.signing_keys']) AS table_name,
                              unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS right_name
                         WHERE NOT has_table_privilege(table_name, right_name))
            FROM pg_roles WHERE rolname = current_user
            """;
        await using var command = source.CreateCommand(question);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var before = 0;
        if (reader.GetBoolean(0))
            Say("is a superuser. Connect as a member of identity_app instead (db/README.md).");
        else if (reader.GetBoolean(1))
            Say("may change or delete audit rows. Connect as a member of identity_app instead (db/README.md).");
        if (!reader.GetBoolean(0) && reader.GetBoolean(2))
            Say("may change the schema. Keep the owner's connection for ConnectionStrings:IdentityMigrations alone.");
        if (reader.GetFieldValue<string[]>(3) is { Length: > 0 } missing)
            Say($"lacks {string.Join(", ", missing)}. Run: GRANT identity_app TO its role");
        if (before == 0)
            ok("roles", "the application's role can do its work, and change neither schema nor audit rows");

        void Say(string what)
        {
            before++;
            fault("roles", $"the application's role {what}");
        }
    }

    /// <summary>There is a partition for this month and the next.</summary>
    public static async Task OfPartitionsAsync(
        NpgsqlDataSource source,
        Action<string, string> fault,
        Action<string, string> warn,
        Action<string, string> ok,
        CancellationToken cancel
    )
    {
        const string question = """
            SELECT count(*) FILTER (WHERE m.ahead = 0)::integer, count(*) FILTER (WHERE m.ahead > 0)::integer,
                NOT idp.audit_default_is_empty()
            FROM generate_series(0, 12) AS m(ahead) JOIN idp.audit_partitions() p
              ON now() + make_interval(months => m.ahead) >= p.lower
              AND now() + make_interval(months => m.ahead) < p.upper
            """;
        await using var command = source.CreateCommand(question);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetBoolean(2))
            warn(
                "audit partitions",
                "events are in the default partition, because maintenance did not run for months. Nothing is lost, "
                    + "but their retention is not applied. Run: identity maintenance partitions"
            );
        else if (reader.GetInt32(0) == 0)
            warn(
                "audit partitions",
                "there is none for this month: events go to the default partition. Run: identity maintenance partitions"
            );
        else if (reader.GetInt32(1) == 0)
            warn("audit partitions", "there is none for next month. Run: identity maintenance partitions");
        else
            ok("audit partitions", $"made {reader.GetInt32(1)} months ahead");
    }

    /// <summary>A key can sign for a while yet, and the master key decrypts it (KM-4). Before the first start there is
    /// no key.</summary>
    public static async Task OfKeysAsync(
        NpgsqlDataSource source,
        IReadOnlyCollection<string>? masterKeys,
        Action<string, string> fault,
        Action<string, string> warn,
        Action<string, string> ok,
        CancellationToken cancel
    )
    {
        const string question = """
            SELECT count(*)::integer,
                   ARRAY(SELECT DISTINCT master_key_id FROM idp.signing_keys WHERE removes_at > now() ORDER BY 1),
                   ARRAY(SELECT algorithm FROM idp.signing_keys GROUP BY algorithm HAVING NOT bool_or(activates_at <=
                       now() AND retires_at > now()) ORDER BY 1),
                   ARRAY(SELECT algorithm FROM idp.signing_keys GROUP BY algorithm
                         HAVING bool_or(activates_at <= now() AND retires_at > now())
                             AND max(retires_at) < now() + interval '3 days' ORDER BY 1)
            FROM idp.signing_keys
            """;
        await using var command = source.CreateCommand(question);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        var (none, expired, soon) = (
            reader.GetInt32(0) == 0,
            reader.GetFieldValue<string[]>(2),
            reader.GetFieldValue<string[]>(3)
        );
        string[] missing = masterKeys is null ? [] : [.. reader.GetFieldValue<string[]>(1).Except(masterKeys)];
        if (missing.Length > 0)
            fault(
                "signing keys",
                $"are encrypted with master key {string.Join(", ", missing)}, "
                    + "which is not configured here. Put it back into Identity:Keys, "
                    + "or add it to Identity:Keys:PreviousMasterKeys."
            );
        if (expired.Length > 0)
            fault("signing keys", $"no {string.Join(", ", expired)} key is valid now. Run: identity keys rotate --now");
        if (soon.Length > 0)
            warn(
                "signing keys",
                $"{string.Join(", ", soon)} has no successor and expires within three days. Run: identity keys rotate"
            );
        if (none)
            warn("signing keys", "there are none yet; the first start makes them.");
        else if (missing.Length + expired.Length + soon.Length == 0)
            ok("signing keys", "every algorithm has one that is valid, and it can be decrypted");
    }

    /// <summary>The stored clients that may rely on <c>nonce</c> instead of PKCE.</summary>
    public static async Task<IReadOnlyList<string>> ClientsWithoutPkceAsync(
        NpgsqlDataSource source,
        CancellationToken cancel
    )
    {
        await using var command = source.CreateCommand(
            "SELECT client_id FROM idp.clients WHERE definition ->> 'allow_nonce_instead_of_pkce' = 'true' "
                + "ORDER BY client_id"
        );
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<string> clients = [];
        while (await reader.ReadAsync(cancel))
            clients.Add(reader.GetString(0));
        return clients;
    }
}
