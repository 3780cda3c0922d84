using Identity.Core.Passwords;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.Passwords;

public sealed class PasswordTests
{
    private static readonly PasswordHasher Hasher = new(Options.Create(new PasswordOptions()));

    [Fact]
    public void PW_1_a_difference_after_72_bytes_counts()
    {
        var hash = Hasher.Hash(Typed(new string('€', 100) + "a"));

        Assert.True(Hasher.Verify(Typed(new string('€', 100) + "a"), hash.Value).Matches);
        Assert.False(Hasher.Verify(Typed(new string('€', 100) + "b"), hash.Value).Matches);
        Assert.StartsWith("$idp1$2", hash.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\uFFFDb")]
    [InlineData("a\uD800b")]
    [InlineData("a\uDC00")]
    [InlineData("")]
    [InlineData(null)]
    public void PW_2_what_cannot_be_hashed_faithfully_is_refused(string? typed) =>
        Assert.False(PlainTextPassword.TryCreate(typed, out _));

    [Fact]
    public void PW_3_a_lower_cost_asks_for_a_rehash()
    {
        var stored = Hasher.Hash(Typed("secret words")).Value;
        var higher = new PasswordHasher(Options.Create(new PasswordOptions { HashCost = 13 }));

        Assert.Equal(new(true, true), higher.Verify(Typed("secret words"), stored));
        Assert.Equal(new(true, false), Hasher.Verify(Typed("secret words"), stored));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("$idp1")]
    [InlineData("$idp1$2b$12$!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    [InlineData("$2b$12$abcdefghijklmnopqrstuv")]
    public void PW_4_a_missing_or_corrupt_hash_is_an_ordinary_failure(string? stored) =>
        Assert.False(Hasher.Verify(Typed("anything"), stored).Matches);

    [Fact]
    public void PW_5_composed_and_decomposed_are_one_password_and_spaces_count()
    {
        var hash = Hasher.Hash(Typed("caf\u00E9 ")).Value;

        Assert.True(Hasher.Verify(Typed("cafe\u0301 "), hash).Matches);
        Assert.False(Hasher.Verify(Typed("caf\u00E9"), hash).Matches);
        Assert.True(PlainTextPassword.NormalizationWorks());
    }

    [Fact]
    public void DO_2_256_code_points_are_taken_and_257_are_not()
    {
        Assert.True(PlainTextPassword.TryCreate(string.Concat(Enumerable.Repeat("😀", 256)), out var password));
        Assert.Equal(256, password.CodePoints);
        Assert.False(PlainTextPassword.TryCreate(new string('x', 257), out _));
    }

    [Theory]
    [InlineData("Kx7!qM", PasswordProblem.TooShort)]
    [InlineData("kx7!qmzwr", PasswordProblem.NeedsMoreKindsOfCharacters)]
    [InlineData("Password1!", PasswordProblem.TooEasyToGuess)]
    [InlineData("aaaaaaaaaaaaaaaaaaaa", PasswordProblem.TooEasyToGuess)]
    [InlineData("Lovelace#7", PasswordProblem.ContainsPersonalOrProductName)]
    public void PW_6_weak_passwords_are_refused_with_the_reason(string typed, PasswordProblem problem) =>
        Assert.Contains(
            problem,
            new PasswordPolicy(Options.Create(new PasswordOptions())).Judge(Typed(typed), ["lovelace"]).Problems
        );

    [Theory]
    [InlineData("P@ssw0rd2026!")]
    [InlineData("Welcome123!")]
    [InlineData("!!L3tm31n!!")]
    [InlineData("Sunshine#1")]
    [InlineData("Qwertyuiop1!")]
    public void PW_6_a_common_password_in_new_clothes_is_too_easy_to_guess(string typed)
    {
        var judgement = new PasswordPolicy(Options.Create(new PasswordOptions())).Judge(Typed(typed), []);

        Assert.Contains(PasswordProblem.TooEasyToGuess, judgement.Problems);
        Assert.True(judgement.Score < 2);
        Assert.True(WellKnownPasswords.Count > 25_000);
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaaaB1!")]
    [InlineData("Abcdefg1234567!")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("Zyxwvut-7654321")]
    [InlineData("acegikmoqsuwy24680")]
    [InlineData("1qaz@WSX3edc$RFV")]
    [InlineData("zaq12wsxCDE#4rfv")]
    [InlineData("qwertyuiop[]asdf")]
    [InlineData("Asdfghjkl;'1234567")]
    [InlineData("Qwertzuiopü1!yxcv")]
    [InlineData("Azertyuiop^1qsdf")]
    [InlineData("ضصثقفغعهشسيبلاتن")]
    [InlineData("Passw0rd!Passw0rd!")]
    [InlineData("abcABC123!abcABC123!")]
    [InlineData("xY1!xY1!xY1!xY1!")]
    [InlineData("111222333444555666")]
    [InlineData("aabbccddeeffgghhii")]
    [InlineData("!!!!!!!!!!aaaaaaaaaa1111111111")]
    public void PW_6_what_is_left_when_repeats_sequences_and_keyboard_walks_are_folded_is_scored(string typed)
    {
        var judgement = new PasswordPolicy(Options.Create(new PasswordOptions())).Judge(Typed(typed), []);

        Assert.Contains(PasswordProblem.TooEasyToGuess, judgement.Problems);
        Assert.True(judgement.Score < 2);
    }

    [Theory]
    [InlineData("abcdXY", "aXY")]
    [InlineData("aaaX9999", "aX9")]
    [InlineData("qwertyX1qazX", "qX1X")]
    [InlineData("aabbccX", "aX")]
    [InlineData("no pattern here", "no pattern here")]
    [InlineData("power and liberty", "power and libe")]
    public void A_pattern_leaves_its_first_sign_and_words_stay(string typed, string left) =>
        Assert.Equal(left, PatternFolder.Fold(typed));

    [Theory]
    [InlineData("seven purple otters dance", ":12", true)]
    [InlineData("seven purple otters dance", "", true)]
    [InlineData("seven purple otters dance", ":0", false)]
    [InlineData("seven purple otters sing", ":12", false)]
    public void PW_6_a_password_in_the_range_files_is_refused(string typed, string count, bool breached)
    {
        var folder = Directory.CreateTempSubdirectory("ranges-").FullName;
        const string digest = "D721F029DA316A10DF7588214825BC130AD455FF"; // SHA-1 of "seven purple otters dance"
        File.WriteAllText(
            Path.Combine(folder, digest[..5] + ".txt"),
            $"00000000000000000000000000000000000:1\r\n{digest[5..]}{count}\r\n"
        );

        var judgement = new PasswordPolicy(Options.Create(new PasswordOptions { BreachedRangesFolder = folder })).Judge(
            Typed(typed),
            []
        );
        Directory.Delete(folder, recursive: true);

        Assert.Equal(breached, judgement.Problems.Contains(PasswordProblem.Breached));
        Assert.Equal(!breached, judgement.IsAccepted);
    }

    [Theory]
    [InlineData("vR8#tq2!Lm")]
    [InlineData("seven purple otters dance")]
    [InlineData("my property was in the desert")]
    [InlineData("Liberty-and-power-were-7-flowers")]
    [InlineData("grüne Türen öffnen sich leise")]
    public void PW_5_eight_of_four_kinds_or_fifteen_of_anything_is_accepted(string typed) =>
        Assert.True(
            new PasswordPolicy(Options.Create(new PasswordOptions())).Judge(Typed(typed), ["lovelace"]).IsAccepted
        );

    [Theory]
    [InlineData(null)]
    [InlineData("$idp1$2b$12$short")]
    public void EN_2_after_the_cost_was_raised_every_comparison_costs_the_same(string? unusable)
    {
        var stored = Hasher.Hash(Typed("secret words")).Value;
        var raised = new PasswordHasher(Options.Create(new PasswordOptions { HashCost = 13 }));
        var costlier = raised.Hash(Typed("secret words")).Value;

        Assert.Equal(1L << 13, RoundsOf(raised, unusable));
        Assert.Equal(1L << 13, RoundsOf(raised, stored));
        Assert.Equal(1L << 13, RoundsOf(raised, costlier));
    }

    [Fact]
    public void EN_2_after_the_cost_was_lowered_an_unknown_account_costs_what_the_costliest_stored_hash_costs()
    {
        var lowered = new PasswordHasher(Options.Create(new PasswordOptions()));
        var old = Hasher.Hash(Typed("secret words")).Value;

        lowered.NoteHighestStored(13);

        Assert.Equal(1L << 13, RoundsOf(lowered, null));
        Assert.Equal(1L << 13, RoundsOf(lowered, old));
        lowered.NoteHighestStored(0);
        Assert.Equal(1L << 12, RoundsOf(lowered, null));
    }

    [Fact]
    public void EN_2_a_costlier_hash_that_is_met_raises_what_every_comparison_costs()
    {
        var hasher = new PasswordHasher(Options.Create(new PasswordOptions()));
        var costlier = new PasswordHasher(Options.Create(new PasswordOptions { HashCost = 13 }))
            .Hash(Typed("secret words"))
            .Value;

        Assert.True(hasher.Verify(Typed("secret words"), costlier).Matches);

        Assert.Equal(1L << 13, RoundsOf(hasher, null));
    }

    private static long RoundsOf(PasswordHasher hasher, string? stored)
    {
        var before = hasher.Rounds;
        hasher.Verify(Typed("some words"), stored);
        return hasher.Rounds - before;
    }

    private static PlainTextPassword Typed(string text) =>
        PlainTextPassword.TryCreate(text, out var password) ? password : throw new ArgumentException(text);
}
