using System.Security.Cryptography;
using Identity.Core.Keys;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Keys;

public sealed class MasterKeyTests : IDisposable
{
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(32);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identity-keys-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_was_closed_opens_again()
    {
        var key = new MasterKey(_bytes);

        var closed = key.Protect("signing_key", "row-1", "secret"u8);

        Assert.Equal("secret"u8.ToArray(), key.Unprotect("signing_key", "row-1", closed));
        Assert.NotEqual(closed, key.Protect("signing_key", "row-1", "secret"u8));
    }

    [Theory]
    [InlineData("signing_key", "row-2")]
    [InlineData("data_protection", "row-1")]
    public void A_value_opens_neither_in_another_row_nor_for_another_purpose(string purpose, string bindTo)
    {
        var key = new MasterKey(_bytes);

        var closed = key.Protect("signing_key", "row-1", "secret"u8);

        Assert.ThrowsAny<CryptographicException>(() => key.Unprotect(purpose, bindTo, closed));
    }

    [Fact]
    public void A_changed_byte_anywhere_keeps_it_closed()
    {
        var key = new MasterKey(_bytes);
        var closed = key.Protect("p", "row", "secret"u8);

        for (var i = 0; i < closed.Length; i++)
        {
            var changed = (byte[])closed.Clone();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => key.Unprotect("p", "row", changed));
        }
    }

    [Fact]
    public void A_former_key_still_opens_and_closes_nothing_new()
    {
        var former = new MasterKey(_bytes);
        var closed = former.Protect("p", "row", "secret"u8);

        var rotated = new MasterKey(RandomNumberGenerator.GetBytes(32), _bytes);

        Assert.Equal("secret"u8.ToArray(), rotated.Unprotect("p", "row", closed));
        Assert.ThrowsAny<CryptographicException>(() =>
            former.Unprotect("p", "row", rotated.Protect("p", "row", "new"u8))
        );
        Assert.Equal(former.DeriveKey("seal"), rotated.DeriveKey("seal", former.CurrentId));
        Assert.NotEqual(former.DeriveKey("seal"), rotated.DeriveKey("seal"));
    }

    [Fact]
    public void Production_does_not_start_without_a_master_key()
    {
        var failure = Assert.Throws<OptionsValidationException>(() =>
            MasterKey.Load(new KeysOptions(), new Place(_folder.FullName, "Production"))
        );

        Assert.Contains("Identity:Keys:MasterKey", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.FullName, "keys")));
    }

    [Fact]
    public void Every_broken_key_is_named_in_one_report()
    {
        var options = new KeysOptions { MasterKey = "c2hvcnQ=", PreviousMasterKeys = { "not base64" } };

        var failure = Assert.Throws<OptionsValidationException>(() =>
            MasterKey.Load(options, new Place(_folder.FullName, "Production"))
        );

        Assert.Contains(
            failure.Failures,
            text => text.StartsWith("Identity:Keys:MasterKey:", StringComparison.Ordinal)
        );
        Assert.Contains(
            failure.Failures,
            text => text.StartsWith("Identity:Keys:PreviousMasterKeys:0:", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Development_makes_one_key_for_all_who_start_at_once_and_only_its_owner_reads_it()
    {
        var ids = new string[8];

        Parallel.For(
            0,
            ids.Length,
            i => ids[i] = MasterKey.Load(new KeysOptions(), new Place(_folder.FullName, "Development")).CurrentId
        );

        Assert.Single(ids.Distinct());
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder.FullName, "keys")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_key_file_may_hold_former_keys_below_the_current_one()
    {
        var path = Path.Combine(_folder.FullName, "two.key");
        var current = RandomNumberGenerator.GetBytes(32);
        File.WriteAllLines(path, ["# current first", Convert.ToBase64String(current), Convert.ToBase64String(_bytes)]);

        var loaded = MasterKey.Load(
            new KeysOptions { MasterKeyFile = path },
            new Place(_folder.FullName, "Production")
        );

        Assert.Equal(new MasterKey(current).CurrentId, loaded.CurrentId);
        Assert.Contains(new MasterKey(_bytes).CurrentId, loaded.Ids);
    }

    private sealed class Place(string root, string environment) : IHostEnvironment
    {
        public string ApplicationName { get; set; } = "identity";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
        public string ContentRootPath { get; set; } = root;
        public string EnvironmentName { get; set; } = environment;
    }
}
