using Identity.Core.Data;
using Npgsql;

namespace Identity.UnitTests.Data;

public sealed class PostgresConnectionStringTests
{
    [Theory]
    [InlineData(
        "postgres://ada:p%40ss%2Fw%3Aord@db.example:6543/my%20db?sslmode=require",
        "db.example",
        6543,
        "ada",
        "p@ss/w:ord",
        "my db"
    )]
    [InlineData("postgresql://ada@db.example/identity", "db.example", 5432, "ada", null, "identity")]
    [InlineData("postgres://ada:x@[::1]:5433/identity", "::1", 5433, "ada", "x", "identity")]
    [InlineData(
        "POSTGRES://ada:a+b@db.example/identity?pgbouncer=true&connect_timeout=7",
        "db.example",
        5432,
        "ada",
        "a+b",
        "identity"
    )]
    [InlineData(
        "Host=db.example;Port=6000;Username=ada;Password='a;b';Database=identity",
        "db.example",
        6000,
        "ada",
        "a;b",
        "identity"
    )]
    public void Both_forms_name_the_same_things(
        string text,
        string host,
        int port,
        string user,
        string? password,
        string database
    )
    {
        var parsed = new NpgsqlConnectionStringBuilder(PostgresConnectionString.Parse(text));

        Assert.Equal(
            (host, port, user, password, database),
            (parsed.Host, parsed.Port, parsed.Username, parsed.Password, parsed.Database)
        );
    }

    [Theory]
    [InlineData(
        "postgres://ada:x@one.example,two.example:5433/identity?target_session_attrs=read-write",
        "one.example:5432,two.example:5433",
        TargetSessionAttributes.ReadWrite
    )]
    [InlineData(
        "postgres://one.example,two.example/identity",
        "one.example:5432,two.example:5432",
        TargetSessionAttributes.Primary
    )]
    [InlineData(
        "postgresql://ada:a%40b@[::1]:5433,[::2]/identity?target_session_attrs=prefer-standby",
        "[::1]:5433,[::2]:5432",
        TargetSessionAttributes.PreferStandby
    )]
    [InlineData(
        "Host=one.example:5433,two.example;Username=ada;Database=identity;Target Session Attributes=any",
        "one.example:5433,two.example",
        TargetSessionAttributes.Any
    )]
    public void Several_hosts_are_taken_in_both_forms(string text, string hosts, TargetSessionAttributes target)
    {
        var parsed = new NpgsqlConnectionStringBuilder(PostgresConnectionString.Parse(text));

        Assert.Equal((hosts, "identity"), (parsed.Host, parsed.Database));
        Assert.Equal(target, PostgresConnectionString.TargetOf(parsed));
        // The driver refuses such a string on a pool unless it is made as one of several hosts.
        using var source = PostgresDataSource.Create(parsed.ConnectionString);
        Assert.NotNull(source);
    }

    [Fact]
    public void A_target_on_one_host_is_taken_and_decides_nothing()
    {
        using var source = PostgresDataSource.Create(
            PostgresConnectionString.Parse("postgres://ada@one.example/identity?target_session_attrs=primary")
        );

        Assert.NotNull(source);
    }

    [Theory]
    [InlineData("postgres://one.example:99999/identity")]
    [InlineData("postgres://one.example:5432:1,two.example/identity")]
    [InlineData("postgres://one.example,/identity")]
    [InlineData("postgres://one.example,two.example/identity?target_session_attrs=master")]
    [InlineData("Host=one.example,two.example;Target Session Attributes=master")]
    public void Hosts_that_nobody_can_mean_are_refused(string text) =>
        Assert.Throws<FormatException>(() => PostgresConnectionString.Parse(text));

    [Theory]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("disable", SslMode.Disable)]
    public void Sslmode_keeps_its_meaning(string word, SslMode mode) =>
        Assert.Equal(
            mode,
            new NpgsqlConnectionStringBuilder(
                PostgresConnectionString.Parse($"postgres://a:b@c/d?sslmode={word}")
            ).SslMode
        );

    [Theory]
    [InlineData("postgres://ada:hunter2@db:notaport/x")]
    [InlineData("postgres://ada:hunter2@db/x?sslmode=perhaps")]
    [InlineData("postgres://ada:hunter2@db/x?no_such_word=1")]
    [InlineData("mysql://ada:hunter2@db/x")]
    [InlineData("Host=db;Password=hunter2;Nonsense=1")]
    public void A_faulty_string_is_refused_without_repeating_its_password(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => PostgresConnectionString.Parse(text));

        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_named_setting_wins_over_the_platforms_and_migrations_fall_back_to_the_application()
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Identity"] = "Host=named",
            ["POSTGRES_URL"] = "postgres://a@pooled/x",
            ["POSTGRES_URL_NON_POOLING"] = "postgres://a@direct/x",
        };

        Assert.Equal("named", Host(PostgresConnectionString.ForApplication(all.GetValueOrDefault)));
        Assert.Equal("direct", Host(PostgresConnectionString.ForMigrations(all.GetValueOrDefault)));
        all.Remove("POSTGRES_URL_NON_POOLING");
        Assert.Equal("named", Host(PostgresConnectionString.ForMigrations(all.GetValueOrDefault)));
        all["ConnectionStrings:Identity"] = " ";
        Assert.Equal("pooled", Host(PostgresConnectionString.ForApplication(all.GetValueOrDefault)));
        all.Clear();
        Assert.Null(PostgresConnectionString.ForApplication(all.GetValueOrDefault));
    }

    private static string? Host(string? text) => new NpgsqlConnectionStringBuilder(text).Host;
}
