using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.BotDefence;
using Identity.Core.Keys;
using Microsoft.Extensions.Options;

namespace Identity.UnitTests.BotDefence;

public sealed class ProofOfWorkChallengeTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private readonly Clock _clock = new();

    [Fact]
    public async Task Work_that_was_done_passes_once()
    {
        var challenge = Challenge(Key);
        var answer = Solve(challenge.Issue(0));

        var first = await challenge.VerifyAsync(answer, 0, null, default);
        var second = await challenge.VerifyAsync(answer, 0, null, default);

        Assert.IsType<BotChallengeResult.Passed>(first);
        Assert.IsType<BotChallengeResult.Refused>(second);
    }

    [Fact]
    public async Task Another_instance_with_the_same_master_key_accepts_the_answer()
    {
        var answer = Solve(Challenge(Key).Issue(0));

        var result = await Challenge(Key).VerifyAsync(answer, 0, null, default);

        Assert.IsType<BotChallengeResult.Passed>(result);
    }

    [Fact]
    public async Task A_challenge_of_somebody_else_is_refused()
    {
        var answer = Solve(Challenge(RandomNumberGenerator.GetBytes(32)).Issue(0));

        var result = await Challenge(Key).VerifyAsync(answer, 0, null, default);

        Assert.Equal("the challenge is not ours", Assert.IsType<BotChallengeResult.Refused>(result).Reason);
    }

    [Fact]
    public async Task A_challenge_runs_out()
    {
        var challenge = Challenge(Key);
        var answer = Solve(challenge.Issue(0));
        _clock.Advance(TimeSpan.FromMinutes(10));

        var result = await challenge.VerifyAsync(answer, 0, null, default);

        Assert.Equal("the challenge has run out", Assert.IsType<BotChallengeResult.Refused>(result).Reason);
    }

    [Fact]
    public async Task Too_little_work_is_refused()
    {
        var challenge = Challenge(Key);
        var prompt = challenge.Issue(0);
        var lazy = Enumerable
            .Range(0, 1000)
            .Select(n => $"{prompt.Challenge}.{n}")
            .First(a => Bits(a) < prompt.Difficulty);

        var result = await challenge.VerifyAsync(lazy, 0, null, default);

        Assert.Equal("not enough work was done", Assert.IsType<BotChallengeResult.Refused>(result).Reason);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(9, 8)]
    [InlineData(10, 9)]
    [InlineData(29, 10)]
    [InlineData(int.MaxValue, 10)]
    public void The_work_doubles_with_every_ten_forms_up_to_its_limit(int asked, int bits)
    {
        var prompt = Challenge(Key).Issue(asked);

        Assert.Equal(bits, prompt.Difficulty);
    }

    [Fact]
    public async Task A_challenge_that_was_issued_when_less_work_was_due_is_refused_however_well_it_is_answered()
    {
        var challenge = Challenge(Key);
        var easy = Solve(challenge.Issue(0) with { Difficulty = 12 });
        var hard = Solve(challenge.Issue(10));

        var gathered = await challenge.VerifyAsync(easy, 10, null, default);
        var due = await challenge.VerifyAsync(hard, 10, null, default);

        Assert.Equal("more work is due by now", Assert.IsType<BotChallengeResult.Refused>(gathered).Reason);
        Assert.IsType<BotChallengeResult.Passed>(due);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.b.c")]
    [InlineData("AAAA.1")]
    [InlineData("AAAA.-1")]
    [InlineData("AAAA.\u0661")]
    public async Task Hostile_answers_are_refused(string? answer)
    {
        var result = await Challenge(Key).VerifyAsync(answer, 0, null, default);

        Assert.IsType<BotChallengeResult.Refused>(result);
    }

    private static string Solve(BotChallengePrompt prompt)
    {
        for (var n = 0L; ; n++)
        {
            var answer = prompt.Challenge + "." + n.ToString(CultureInfo.InvariantCulture);
            if (Bits(answer) >= prompt.Difficulty)
                return answer;
        }
    }

    private static int Bits(string answer) =>
        ProofOfWorkChallenge.LeadingZeroBits(SHA256.HashData(Encoding.ASCII.GetBytes(answer)));

    private ProofOfWorkChallenge Challenge(byte[] key) =>
        new(
            new MasterKey(key),
            Options.Create(new BotDefenceOptions { Difficulty = 8, MaxDifficulty = 10 }),
            _clock,
            new Memory()
        );

    private sealed class Memory : IChallengeReplayGuard
    {
        private readonly ConcurrentDictionary<(string, string), bool> _seen = new();

        public Task<bool> RememberOnceAsync(
            string purpose,
            string value,
            DateTimeOffset expiresAt,
            CancellationToken cancellationToken
        ) => Task.FromResult(_seen.TryAdd((purpose, value), true));
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }
}
