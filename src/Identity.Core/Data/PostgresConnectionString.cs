using Npgsql;

namespace Identity.Core.Data;

/// <summary>Connection strings, in Npgsql's form and as <c>postgres://</c> addresses (libpq 34.1.1.2), which is how
/// hosting platforms give them.</summary>
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

    /// <summary>Turns either form into Npgsql's.</summary>
    /// <exception cref="FormatException">It is neither; the message does not repeat it, for it may hold a
    /// password.</exception>
    public static string Parse(string text)
    {
        try
        {
            return
                text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                ? ParseAddress(text)
                : new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (Exception malformed)
            when (malformed is ArgumentException or UriFormatException or FormatException or InvalidCastException)
        {
            throw new FormatException(
                "The connection string is neither in Npgsql's form (Host=...;Database=...) nor a postgres:// address."
            );
        }
    }

    private static string? Read(Func<string, string?> setting, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (setting(name) is { } value && !string.IsNullOrWhiteSpace(value))
                return Parse(value.Trim());
        }

        return null;
    }

    private static string ParseAddress(string text)
    {
        var address = new Uri(text, UriKind.Absolute);
        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(address.Host.Trim('[', ']')) };
        if (address.Port > 0)
            builder.Port = address.Port;
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

        return builder.ConnectionString;
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
                break;
            case "pgbouncer" or "supa" or "channel_binding" or "options":
                // Hosting platforms add words for other drivers; they say nothing about where the database is.
                break;
            default:
                builder[name] = value;
                break;
        }
    }
}
