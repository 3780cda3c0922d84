using Npgsql;

namespace Identity.Core.Data;

/// <summary>Connection strings, in Npgsql's form and as <c>postgres://</c> addresses (libpq 34.1.1.2), the form that
/// hosting platforms use.</summary>
public static class PostgresConnectionString
{
    /// <summary>
    /// The application's connection (pooled): <c>ConnectionStrings:Identity</c>, else <c>POSTGRES_URL</c>. Null when
    /// neither is set.
    /// </summary>
    public static string? ForApplication(Func<string, string?> setting) =>
        Read(setting, "ConnectionStrings:Identity", "POSTGRES_URL");

    /// <summary>
    /// The migrator's connection (the owner's, not pooled): <c>ConnectionStrings:IdentityMigrations</c>, else
    /// <c>POSTGRES_URL_NON_POOLING</c>, else the application's.
    /// </summary>
    public static string? ForMigrations(Func<string, string?> setting) =>
        Read(setting, "ConnectionStrings:IdentityMigrations", "POSTGRES_URL_NON_POOLING") ?? ForApplication(setting);

    /// <summary>A standby for reads that may be seconds old: <c>ConnectionStrings:IdentityStandby</c>, else
    /// <c>POSTGRES_URL_STANDBY</c>. Null when neither is set.</summary>
    public static string? ForStandby(Func<string, string?> setting) =>
        Read(setting, "ConnectionStrings:IdentityStandby", "POSTGRES_URL_STANDBY");

    /// <summary> The direct connection, for <c>LISTEN</c>: the migrator's if a pooler shares the application's
    /// sessions, else the application's.
    /// </summary>
    public static string ForListening(string application, string migrations) =>
        SharesSessions(new(application)) ? migrations : application;

    /// <summary>Whether a pooler in transaction mode is used. It shares sessions, so no prepared statement, setting or
    /// <c>LISTEN</c> may remain on one. Declared by <c>Max Auto Prepare=0</c>, or by <c>?pgbouncer=true</c> in an
    /// address.</summary>
    public static bool SharesSessions(NpgsqlConnectionStringBuilder settings) =>
        settings.ShouldSerialize("Max Auto Prepare") && settings.MaxAutoPrepare == 0;

    /// <summary>Converts either form to Npgsql's.</summary>
    /// <exception cref="FormatException">It has neither form. The message does not repeat it, because it may contain a
    /// password.</exception>
    public static string Parse(string text)
    {
        try
        {
            return
                text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                ? ParseAddress(text)
                : Checked(new NpgsqlConnectionStringBuilder(text)).ConnectionString;
        }
        catch (Exception malformed)
            when (malformed is ArgumentException or UriFormatException or FormatException or InvalidCastException)
        {
            throw new FormatException(
                "The connection string is neither in Npgsql's form (Host=...;Database=...) nor a postgres:// address."
            );
        }
    }

    /// <summary>Whether it names several hosts, one of which is the primary.</summary>
    public static bool HasSeveralHosts(NpgsqlConnectionStringBuilder settings) =>
        settings.Host?.Contains(',', StringComparison.Ordinal) == true;

    /// <summary>The target among several hosts: the primary by default, because the provider writes.</summary>
    /// <exception cref="FormatException">A value that libpq 34.1.2 does not define.</exception>
    public static TargetSessionAttributes TargetOf(NpgsqlConnectionStringBuilder settings) =>
        settings.TargetSessionAttributes?.ToLowerInvariant() switch
        {
            null or "" or "primary" => TargetSessionAttributes.Primary,
            "read-write" => TargetSessionAttributes.ReadWrite,
            "any" => TargetSessionAttributes.Any,
            "standby" => TargetSessionAttributes.Standby,
            "read-only" => TargetSessionAttributes.ReadOnly,
            "prefer-primary" => TargetSessionAttributes.PreferPrimary,
            "prefer-standby" => TargetSessionAttributes.PreferStandby,
            _ => throw new FormatException("target_session_attrs is none of those that PostgreSQL knows."),
        };

    private static string? Read(Func<string, string?> setting, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (setting(name) is { } value && !string.IsNullOrWhiteSpace(value))
                return Parse(value.Trim());
        }

        return null;
    }

    private static NpgsqlConnectionStringBuilder Checked(NpgsqlConnectionStringBuilder settings)
    {
        if (HasSeveralHosts(settings))
            TargetOf(settings);
        return settings;
    }

    private static string ParseAddress(string text)
    {
        var (single, hosts) = SplitHosts(text);
        var address = new Uri(single, UriKind.Absolute);
        var builder = new NpgsqlConnectionStringBuilder();
        SetHosts(builder, hosts);
        if (address.AbsolutePath.Length > 1)
            builder.Database = Uri.UnescapeDataString(address.AbsolutePath[1..]);
        if (address.UserInfo.Length > 0)
        {
            var cut = address.UserInfo.IndexOf(':', StringComparison.Ordinal);
            builder.Username = Uri.UnescapeDataString(cut < 0 ? address.UserInfo : address.UserInfo[..cut]);
            if (cut >= 0)
                builder.Password = Uri.UnescapeDataString(address.UserInfo[(cut + 1)..]);
        }

        foreach (var pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = pair.IndexOf('=', StringComparison.Ordinal);
            var value = cut < 0 ? "" : Uri.UnescapeDataString(pair[(cut + 1)..].Replace('+', ' '));
            Apply(builder, Uri.UnescapeDataString(cut < 0 ? pair : pair[..cut]).ToLowerInvariant(), value);
        }

        if (HasSeveralHosts(builder))
            builder.TargetSessionAttributes ??= "primary";
        // With one host there is nothing to choose.
        else if (builder.TargetSessionAttributes is not null)
            builder.Remove("Target Session Attributes");
        return builder.ConnectionString;
    }

    // A URI has one host, but libpq's has a list, each with its own port. The list is cut out and the rest is parsed as
    // a URI.
    private static (string SingleHost, string Hosts) SplitHosts(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        var end = text.IndexOfAny(['/', '?', '#'], start);
        if (end < 0)
            end = text.Length;
        var at = text.LastIndexOf('@', end - 1, end - start);
        var begin = at < 0 ? start : at + 1;
        return ($"{text[..begin]}host{text[end..]}", text[begin..end]);
    }

    // 34.1.1.2: a host without a port has the default port, regardless of the other hosts.
    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string list)
    {
        var hosts = list.Split(',').Select(SplitPort).ToArray();
        if (hosts is [var only])
        {
            builder.Host = only.Host.Trim('[', ']');
            builder.Port = only.Port;
            return;
        }

        builder.Host = string.Join(
            ',',
            hosts.Select(static host =>
                host.Host.Length > 0
                    ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{host.Host}:{host.Port}")
                    : throw new FormatException("A host of the list is empty.")
            )
        );
    }

    private static (string Host, int Port) SplitPort(string host)
    {
        var colon = host.LastIndexOf(':');
        if (colon < 0 || colon < host.LastIndexOf(']'))
            return (Uri.UnescapeDataString(host), 5432);
        var port = int.Parse(
            host.AsSpan(colon + 1),
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture
        );
        return port is > 0 and <= ushort.MaxValue && (host[0] == '[' || host.IndexOf(':') == colon)
            ? (Uri.UnescapeDataString(host[..colon]), port)
            : throw new FormatException("A host has more than one port, or one that is out of range.");
    }

    private static void Apply(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                builder.SslMode = Enum.Parse<SslMode>(
                    value.Replace("-", "", StringComparison.Ordinal),
                    ignoreCase: true
                );
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "host":
                builder.Host = value;
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "dbname":
                builder.Database = value;
                break;
            case "connect_timeout":
                builder.Timeout = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "target_session_attrs":
                builder.TargetSessionAttributes = value;
                TargetOf(builder);
                break;
            case "load_balance_hosts":
                builder.LoadBalanceHosts = value == "random";
                break;
            // The usual way to tell a driver about a pooler that shares sessions.
            case "pgbouncer" when bool.Parse(value):
                builder.MaxAutoPrepare = 0;
                break;
            case "pgbouncer" or "supa" or "channel_binding" or "options":
                // Hosting platforms add parameters for other drivers, which do not affect the target.
                break;
            default:
                builder[name] = value;
                break;
        }
    }
}
