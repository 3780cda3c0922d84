using System.Security.Cryptography;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Server.Hosting.DataProtection;
using Identity.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Identity.IntegrationTests.Keys;

public sealed class DataProtectionTests : IAsyncLifetime
{
    private readonly byte[] _masterKey = KeyInstance.NewMasterKey();
    private TestDatabase _db = null!;

    public async Task InitializeAsync() => _db = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task What_one_instance_protects_the_other_reads()
    {
        await using var one = await StartAsync(_masterKey);
        await using var other = await StartAsync(_masterKey);

        var closed = Protector(one).Protect("a person's cookie");

        Assert.Equal("a person's cookie", Protector(other).Unprotect(closed));
        Assert.Equal(1L, await _db.ScalarAsync<long>("SELECT count(*) FROM idp.data_protection_keys"));
    }

    [Fact]
    public async Task Five_instances_that_start_together_make_one_key_and_read_each_other()
    {
        var instances = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(() => StartAsync(_masterKey))));

        Assert.Equal(1L, await _db.ScalarAsync<long>("SELECT count(*) FROM idp.data_protection_keys"));
        Assert.All(
            instances,
            instance => Assert.Equal("x", Protector(instances[0]).Unprotect(Protector(instance).Protect("x")))
        );
        foreach (var instance in instances)
            await instance.DisposeAsync();
    }

    [Fact]
    public async Task The_ring_stands_encrypted_in_its_rows()
    {
        await using var one = await StartAsync(_masterKey);

        var xml = Assert.Single(await Store(_masterKey).ReadAllAsync(default));
        var row = await _db.ScalarAsync<string>(
            "SELECT encode(xml_protected, 'escape') || data_protection_keys::text FROM idp.data_protection_keys"
        );

        Assert.Contains("masterKey", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", row, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("descriptor", row, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_moved_row_and_a_foreign_master_key_open_nothing()
    {
        await using var one = await StartAsync(_masterKey);
        var closed = Protector(one).Protect("x");

        await using var stranger = await StartAsync(KeyInstance.NewMasterKey());
        Assert.ThrowsAny<CryptographicException>(() => Protector(stranger).Unprotect(closed));

        await _db.ExecuteAsync("UPDATE idp.data_protection_keys SET id = gen_random_uuid()");
        Assert.Empty(await Store(_masterKey).ReadAllAsync(default));
    }

    [Fact]
    public async Task Rewrapping_makes_the_former_master_key_dispensable()
    {
        await using var one = await StartAsync(_masterKey);
        var closed = Protector(one).Protect("x");
        var newKey = KeyInstance.NewMasterKey();

        Assert.Equal(
            1,
            await new DataProtectionKeyStore(
                _db.Database,
                new MasterKey(newKey, [_masterKey]),
                NullLogger<DataProtectionKeyStore>.Instance
            ).RewrapAsync(default)
        );

        await using var after = await StartAsync(newKey);
        Assert.Equal("x", Protector(after).Unprotect(closed));
    }

    private static IDataProtector Protector(ServiceProvider instance) =>
        instance.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private DataProtectionKeyStore Store(byte[] masterKey) =>
        new(_db.Database, new MasterKey(masterKey, []), NullLogger<DataProtectionKeyStore>.Instance);

    private async Task<ServiceProvider> StartAsync(byte[] masterKey)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(_db.Database);
        services.AddSingleton(new MasterKey(masterKey, []));
        services.AddSingleton<DataProtectionKeyStore>();
        services.AddPersistedDataProtection();
        var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
            await service.StartAsync(default);
        return provider;
    }
}
