using Identity.Testing;

namespace Identity.IntegrationTests.Data;

/// <summary>A schema in words, from the catalogue: two databases with the same words have the same schema. Monthly
/// partitions are left out, for they follow the calendar.</summary>
internal static class Catalogue
{
    public static async Task<string> DescribeAsync(TestDatabase db) =>
        await db.ScalarAsync<string>(
            """
            WITH relations AS (
                SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name, c.relacl FROM pg_class c
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('public', 'idp') AND c.relname !~ '^audit_logs_([0-9]{4}_[0-9]{2}|default)_?'),
            functions AS (
                SELECT p.oid, p.oid::regprocedure::text AS name, p.proacl FROM pg_proc p
                    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('public', 'idp')),
            grants AS (
                SELECT name, acl FROM relations, unnest(relacl) acl UNION ALL SELECT name, acl
                    FROM functions, unnest(proacl) acl
                UNION ALL SELECT nspname, acl FROM pg_namespace, unnest(nspacl) acl WHERE nspname IN ('public', 'idp')),
            lines AS (
                SELECT 'relation ' || relkind::text || ' ' || name AS line FROM relations
                UNION ALL
                SELECT format('column %s.%s %s %s %s', name, attname, format_type(atttypid, atttypmod), CASE
                    WHEN attnotnull THEN 'not null' END, pg_get_expr(adbin, adrelid))
                FROM relations JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
                    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                UNION ALL SELECT format('constraint %s %s %s', name, conname, pg_get_constraintdef(k.oid))
                    FROM relations r JOIN pg_constraint k ON conrelid = r.oid
                UNION ALL SELECT 'index ' || pg_get_indexdef(oid) FROM relations WHERE relkind IN ('i', 'I')
                UNION ALL SELECT format('view %s %s', name, pg_get_viewdef(oid)) FROM relations WHERE relkind = 'v'
                UNION ALL SELECT pg_get_functiondef(oid) FROM functions
                UNION ALL SELECT pg_get_triggerdef(t.oid) FROM relations r JOIN pg_trigger t ON tgrelid = r.oid
                    AND NOT tgisinternal
                UNION ALL SELECT format('grant %s %s', name, acl) FROM grants)
            SELECT coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), '') FROM lines
            """
        ) ?? "";
}
