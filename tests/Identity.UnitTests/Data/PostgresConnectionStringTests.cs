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
