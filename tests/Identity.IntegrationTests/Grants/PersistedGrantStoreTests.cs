using System.Security.Cryptography;
using System.Text;
using Identity.Core.Grants;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Identity.IntegrationTests.Grants;

public sealed class PersistedGrantStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task A_grant_comes_back_as_it_was_and_its_payload_is_not_readable_in_the_database()
    {
        var person = await _scene.PersonAsync();
        var key = await StoreAsync(_scene.One, GrantKind.DeviceCode, person.UserId);

        var found = await _scene.Instances[1].Grants.FindAsync(GrantKind.DeviceCode, key, default);

        Assert.Equal(
            ("app", person.UserId, """{"a": 1}""", "a secret"),
            (found!.ClientId, found.UserId!.Value, found.Data, Encoding.UTF8.GetString(found.Payload!))
        );
        Assert.Equal(["openid"], found.Scopes);
        Assert.Null(await _scene.One.Grants.FindAsync(GrantKind.PushedRequest, key, default));
        Assert.True(
            await _scene.ScalarAsync<bool>(
                "SELECT position('a secret'::bytea IN payload) = 0 FROM idp.grants WHERE key_hash = @key",
                ("key", key)
            )
        );
    }

    [Fact]
    public async Task A_payload_moved_to_another_row_does_not_open()
    {
        var (one, other) = (
            await StoreAsync(_scene.One, GrantKind.DeviceCode),
            await StoreAsync(_scene.One, GrantKind.DeviceCode)
        );
        await _scene.ExecuteAsync(
            "UPDATE idp.grants SET payload = (SELECT payload FROM idp.grants WHERE key_hash = @one) WHERE key_hash = "
                + "@other",
            ("one", one),
            ("other", other)
        );

        await Assert.ThrowsAnyAsync<CryptographicException>(() =>
            _scene.One.Grants.FindAsync(GrantKind.DeviceCode, other, default)
        );
    }

    [Fact]
    public async Task Of_twenty_parallel_takers_one_gets_the_grant()
    {
        var key = await StoreAsync(_scene.One, GrantKind.PushedRequest);

        Assert.Null(await _scene.One.Grants.ConsumeAsync(GrantKind.PushedRequest, key, "other", default));
        var taken = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    Task.Run(() =>
                        _scene.Instances[n % 2].Grants.ConsumeAsync(GrantKind.PushedRequest, key, "app", default)
                    )
                )
        );

        Assert.NotNull(Assert.Single(taken.OfType<PersistedGrant>()).ConsumedAt);
        Assert.Null(await _scene.One.Grants.FindAsync(GrantKind.PushedRequest, key, default));
    }

    [Theory]
    [InlineData("expires_at = now()")]
    [InlineData("revoked_at = now()")]
    public async Task What_is_over_is_neither_found_nor_taken(string change)
    {
        var key = await StoreAsync(_scene.One, GrantKind.PushedRequest);
        await _scene.ExecuteAsync($"UPDATE idp.grants SET {change} WHERE key_hash = @key", ("key", key));

        Assert.Null(await _scene.One.Grants.FindAsync(GrantKind.PushedRequest, key, default));
        Assert.Null(await _scene.One.Grants.ConsumeAsync(GrantKind.PushedRequest, key, "app", default));
    }

    [Theory]
    [InlineData("denial")]
    [InlineData("begun_request")]
    [InlineData("anything_else")]
    public async Task What_is_no_grant_is_refused(string kind)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => StoreAsync(_scene.One, kind));

        Assert.Equal(
            (PostgresErrorCodes.CheckViolation, "grants_kind_check"),
            (refused.SqlState, refused.ConstraintName)
        );
    }

    [Theory]
    [InlineData("00:00:00", true)]
    [InlineData("00:05:00", true)]
    [InlineData("00:05:01", false)]
    [InlineData("-00:00:01", false)]
    public void The_grace_is_held_to_its_range_and_the_failure_names_the_setting(string grace, bool good)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Identity:Grants:RefreshGrace", grace)])
            .Build();
        using var services = new ServiceCollection().AddGrants(configuration).BuildServiceProvider();

        var failure = Record.Exception(() => services.GetRequiredService<IOptions<GrantOptions>>().Value);

        Assert.Equal(good, failure is null);
        if (!good)
            Assert.Contains("Identity:Grants:RefreshGrace", failure!.Message, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();

    /// <summary>Keeps a grant of client <c>app</c> and returns its key.</summary>
    internal static async Task<byte[]> StoreAsync(GrantScene.Instance instance, string kind, Guid? userId = null)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await instance.Grants.StoreAsync(
            new()
            {
                Id = Guid.CreateVersion7(),
                Kind = kind,
                KeyHash = key,
                ClientId = "app",
                UserId = userId,
                Scopes = ["openid"],
                Data = """{"a":1}""",
                Payload = "a secret"u8.ToArray(),
            },
            TimeSpan.FromMinutes(5),
            default
        );
        return key;
    }
}
