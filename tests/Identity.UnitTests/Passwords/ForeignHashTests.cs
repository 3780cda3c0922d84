using System.Text;
using System.Text.Json;
using Identity.Core.Passwords;
using Identity.Core.Passwords.Foreign;
using Identity.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PasswordOptions = Identity.Core.Passwords.PasswordOptions;

namespace Identity.UnitTests.Passwords;

/// <summary>Hashes of other systems, made by their own libraries (tests/vectors).</summary>
public sealed class ForeignHashTests
{
    private static readonly PasswordHasher Hasher = new(Options.Create(new PasswordOptions()));

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Repository.PathOf("tests/vectors/foreign-hashes.json")),
        JsonSerializerOptions.Web
    )!;

    public static TheoryData<string> Schemes =>
        [.. Vectors.Select(vector => Scheme(vector.Hash)).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Schemes))]
    public void The_password_that_the_other_system_hashed_matches_and_no_other_does(string scheme)
    {
        var vectors = Vectors.Where(vector => Scheme(vector.Hash) == scheme).ToArray();

        var read = vectors.Select(vector => (vector, Hash: Read(vector.Hash))).ToArray();

        Assert.NotEmpty(read);
        Assert.All(read, pair => Assert.True(pair.Hash.Matches(Bytes(pair.vector.Password)), pair.vector.Hash));
        Assert.All(read, pair => Assert.False(pair.Hash.Matches(Bytes("a" + pair.vector.Password)), pair.vector.Hash));
        Assert.All(read, pair => Assert.False(pair.Hash.Matches([])));
    }

    [Fact]
    public void The_stored_form_reads_as_the_same_hash_and_shows_its_parameters_first()
    {
        var texts = Vectors.Select(vector => Read(vector.Hash).ToText()).ToArray();

        Assert.All(texts, text => Assert.Equal(text, Read(text).ToText()));
        Assert.All(
            Vectors.Zip(texts),
            pair => Assert.True(Read(pair.Second).Matches(Bytes(pair.First.Password)), pair.Second)
        );
        Assert.All(texts, static text => Assert.True(text[0] is '$' or '{', text));
    }

    [Theory]
    [InlineData(PasswordHasherCompatibilityMode.IdentityV2, 10_000)]
    [InlineData(PasswordHasherCompatibilityMode.IdentityV3, 10_000)]
    [InlineData(PasswordHasherCompatibilityMode.IdentityV3, 100_000)]
    public void Hashes_of_ASP_NET_Core_Identity_match(PasswordHasherCompatibilityMode mode, int iterations)
    {
        PasswordHasher<object> theirs = new(
            Options.Create(new PasswordHasherOptions { CompatibilityMode = mode, IterationCount = iterations })
        );
        var stored = theirs.HashPassword(new(), "Zoë's passwörd ☃ 9");

        var right = Hasher.Verify(Typed("Zoë's passwörd ☃ 9"), stored);
        var wrong = Hasher.Verify(Typed("Zoe's passwörd ☃ 9"), stored);

        Assert.Equal(new PasswordVerification(true, true, true), right);
        Assert.Equal(new PasswordVerification(false, false), wrong);
    }

    [Theory]
    [InlineData("pbkdf2-sha256", 27500, "")]
    [InlineData("pbkdf2-sha512", 21000, "")]
    [InlineData(
        "argon2",
        5,
        ""","additionalParameters":{"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"""
            + """ "parallelism":["1"]}"""
    )]
    public void A_credential_of_a_Keycloak_export_is_read(string algorithm, int iterations, string more)
    {
        var value = Convert.ToBase64String(Enumerable.Range(0, 32).Select(static n => (byte)n).ToArray());
        var credential = JsonSerializer.Serialize(
            new
            {
                type = "password",
                secretData = $$$"""{"value":"{{{value}}}","salt":"c2FsdHNhbHRzYWx0","additionalParameters":{}}""",
                credentialData = $$"""{"hashIterations":{{iterations}},"algorithm":"{{algorithm}}"{{more}}}""",
            }
        );

        var text = Read(credential).ToText();

        Assert.EndsWith($"$c2FsdHNhbHRzYWx0${value.TrimEnd('=')}", text, StringComparison.Ordinal);
        Assert.Contains(
            algorithm == "argon2" ? "$argon2id$v=19$m=7168,t=5,p=1$" : $"${algorithm}${iterations}$",
            text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("$2b$31$abcdefghijklmnopqrstuuVBq2DOYc2.khoT1SLYY4tN57eX8u6oW")]
    [InlineData("$2b$03$abcdefghijklmnopqrstuuVBq2DOYc2.khoT1SLYY4tN57eX8u6oW")]
    [InlineData("$2b$06$abcdefghijklmnopqrstuuVBq2DOYc2.khoT1SLYY4tN57eX8u6é")]
    [InlineData("pbkdf2_sha256$2000000000$NaClNaClNaCl$I12uZo4KCkbn6DjzsThinS94JGGwR3gAYvCIE2gd/YU=")]
    [InlineData("pbkdf2_sha256$0$NaClNaClNaCl$I12uZo4KCkbn6DjzsThinS94JGGwR3gAYvCIE2gd/YU=")]
    [InlineData("pbkdf2_sha256$1000$NaClNaClNaCl$I12u")]
    [InlineData("$argon2id$v=19$m=4294967295,t=3,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("$argon2id$v=19$m=131072,t=60,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("$argon2id$v=19$m=64,m=65,t=3$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$")]
    [InlineData("$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("$scrypt$ln=14,r=64,p=16$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("scrypt$16383$salt$8$1$c29tZXNhbHRzb21lc2FsdA")]
    [InlineData("$P$Z94pidZ9lucfmI1vdSw/EGpRL5bOrq0")]
    [InlineData("$P$z994pidZ9lucfmI1vdSw/EGpRL5bOrq")]
    [InlineData("{SSHA}c29tZQ==")]
    [InlineData("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")]
    [InlineData("{\"secretData\":\"{}\",\"credentialData\":\"[]\"}")]
    [InlineData("{\"secretData\":1}")]
    [InlineData("AQAAAAIAAYagAAAAEPLzCQ==")]
    [InlineData("AQAAAAL/////AAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("5f4dcc3b5aa765d61d8327deb882cf99")]
    [InlineData("plaintext")]
    [InlineData("$$$$$$$$")]
    [InlineData("")]
    public void What_is_malformed_weak_or_too_costly_is_no_hash(string text)
    {
        Assert.False(ForeignHashReader.TryRead(text, out _));
        Assert.False(PasswordHasher.TryReadStored(text, out _));
    }

    [Fact]
    public void Any_change_of_one_character_is_read_or_refused_but_never_throws()
    {
        foreach (var (_, _, hash) in Vectors.DistinctBy(static vector => Scheme(vector.Hash)))
        {
            for (var at = 0; at < hash.Length; at++)
            {
                foreach (var other in "\0$,=zé9")
                    ForeignHashReader.TryRead(hash[..at] + other + hash[(at + 1)..], out _);
                ForeignHashReader.TryRead(hash[..at], out _);
            }
        }
    }

    [Fact]
    public void An_account_with_a_cheap_foreign_hash_takes_as_many_rounds_as_an_unknown_one()
    {
        var salted = Vectors.First(static vector => vector.Hash.StartsWith("{SSHA}", StringComparison.Ordinal)).Hash;

        Assert.Equal(RoundsOf(Hasher, null), RoundsOf(Hasher, salted));
    }

    [Fact]
    public void An_unknown_account_takes_as_long_as_the_costliest_foreign_hash()
    {
        PasswordHasher hasher = new(Options.Create(new PasswordOptions()));
        var costly = Pbkdf2Hash.Create("sha512", 1_000_000, new byte[16], new byte[64])!.ToText();
        var before = RoundsOf(hasher, null);

        hasher.NoteForeignStored([costly]);
        var noted = RoundsOf(hasher, null);
        var ratio = 0.0;
        // On a busy machine the first estimates are wrong; each comparison improves them.
        for (var round = 0; round < 4 && ratio is (< 0.5 or > 2); round++)
        {
            hasher.NoteForeignStored([costly]);
            ratio = Least(() => hasher.Verify(Typed("x"), null)) / Least(() => hasher.Verify(Typed("x"), costly));
        }

        Assert.True(noted > before);
        Assert.InRange(ratio, 0.5, 2);
        hasher.NoteForeignStored([]);
        Assert.Equal(before, RoundsOf(hasher, null));
    }

    // The least of three, in nanoseconds that this thread had a core: others run beside it.
    private static double Least(Action work)
    {
        var least = double.MaxValue;
        for (var sample = 0; sample < 3; sample++)
        {
            var began = OnCore();
            work();
            least = Math.Min(least, OnCore() - began);
        }
        return least;
    }

    private static double OnCore() =>
        double.Parse(
            File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static long RoundsOf(PasswordHasher hasher, string? stored)
    {
        var before = hasher.Rounds;
        hasher.Verify(Typed("some words"), stored);
        return hasher.Rounds - before;
    }

    private static ForeignHash Read(string text) =>
        ForeignHashReader.TryRead(text, out var hash) ? hash : throw new ArgumentException($"Not read: {text}");

    private static string Scheme(string hash) =>
        string.Concat(hash.TakeWhile(static c => c is not '}')).Split('$') switch
        {
            ["", var name, ..] => name,
            [var name, ..] => name,
            _ => hash,
        };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static PlainTextPassword Typed(string text) =>
        PlainTextPassword.TryCreate(text, out var password) ? password : throw new ArgumentException(text);

    private sealed record Vector(string Source, string Password, string Hash);
}
