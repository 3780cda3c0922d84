using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Core.Keys;
using Microsoft.Extensions.Options;

namespace Identity.Core.BotDefence;

/// <summary> Makes the browser work instead of asking a third party about the person. It has to find a number whose
/// SHA-256 with the challenge starts with enough zero bits. The work doubles with every ten forms that an address sends
/// while it is challenged, up to <see cref="BotDefenceOptions.MaxDifficulty"/>. The challenge is stateless (a MAC
/// covers its time and difficulty). The answer is remembered until the challenge expires, so that each counts once on
/// all instances.
/// </summary>
public sealed class ProofOfWorkChallenge : IBotChallenge
{
    private const int SaltBytes = 16;
    private const int PayloadBytes = SaltBytes + 8 + 1;
    private const int MacBytes = 16;
    private const int MaxAnswerLength = 128;

    /// <summary>Forms of one address after which the work doubles.</summary>
    private const int FormsPerBit = 10;

    private readonly byte[] _key;
    private readonly BotDefenceOptions _options;
    private readonly TimeProvider _clock;
    private readonly IChallengeReplayGuard _memory;

    /// <summary>Derives the key of its MAC from the master key: every instance accepts what any of them
    /// issued.</summary>
    public ProofOfWorkChallenge(
        MasterKey masterKey,
        IOptions<BotDefenceOptions> options,
        TimeProvider clock,
        IChallengeReplayGuard memory
    )
    {
        _key = masterKey.DeriveKey("bot_challenge");
        _options = options.Value;
        _clock = clock;
        _memory = memory;
    }

    /// <inheritdoc />
    public string Kind => "proof-of-work";

    /// <inheritdoc />
    public string ResponseField => "bot_answer";

    /// <inheritdoc />
    public BotChallengePrompt Issue(int asked)
    {
        var difficulty = DifficultyAfter(asked);
        Span<byte> challenge = stackalloc byte[PayloadBytes + MacBytes];
        RandomNumberGenerator.Fill(challenge[..SaltBytes]);
        BinaryPrimitives.WriteInt64BigEndian(
            challenge[SaltBytes..],
            (_clock.GetUtcNow() + _options.Lifetime).ToUnixTimeSeconds()
        );
        challenge[SaltBytes + 8] = (byte)difficulty;
        Mac(challenge[..PayloadBytes]).CopyTo(challenge[PayloadBytes..]);
        return new(Kind, Base64Url.EncodeToString(challenge), difficulty, null, ResponseField);
    }

    /// <inheritdoc />
    public async Task<BotChallengeResult> VerifyAsync(
        string? answer,
        int asked,
        IPAddress? address,
        CancellationToken cancellationToken
    )
    {
        if (
            answer is null
            || answer.Length > MaxAnswerLength
            || answer.Split('.') is not [var challengeText, var number]
        )
            return new BotChallengeResult.Refused("no answer, or not of the form challenge.number");
        if (number.Length is 0 or > 16 || number.AsSpan().ContainsAnyExceptInRange('0', '9'))
            return new BotChallengeResult.Refused("the number is not a number");

        var challenge = new byte[PayloadBytes + MacBytes];
        if (
            !TryDecode(challengeText, challenge)
            || !CryptographicOperations.FixedTimeEquals(
                Mac(challenge.AsSpan(0, PayloadBytes)),
                challenge.AsSpan(PayloadBytes)
            )
        )
            return new BotChallengeResult.Refused("the challenge is not ours");
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds(
            BinaryPrimitives.ReadInt64BigEndian(challenge.AsSpan(SaltBytes))
        );
        if (expiresAt <= _clock.GetUtcNow())
            return new BotChallengeResult.Refused("the challenge has run out");
        // An attacker can collect challenges while they are easy.
        if (challenge[SaltBytes + 8] < DifficultyAfter(asked))
            return new BotChallengeResult.Refused("more work is due by now");
        if (LeadingZeroBits(SHA256.HashData(Encoding.ASCII.GetBytes(answer))) < challenge[SaltBytes + 8])
            return new BotChallengeResult.Refused("not enough work was done");

        return await _memory.RememberOnceAsync("bot_challenge", challengeText, expiresAt, cancellationToken)
            ? new BotChallengeResult.Passed()
            : new BotChallengeResult.Refused("the challenge was answered before");
    }

    private int DifficultyAfter(int asked) =>
        Math.Max(_options.Difficulty, Math.Min(_options.Difficulty + (asked / FormsPerBit), _options.MaxDifficulty));

    /// <summary>The number of leading zero bits of a digest.</summary>
    internal static int LeadingZeroBits(ReadOnlySpan<byte> digest)
    {
        var bits = 0;
        foreach (var value in digest)
        {
            if (value == 0)
            {
                bits += 8;
                continue;
            }

            return bits + byte.LeadingZeroCount(value);
        }

        return bits;
    }

    private static bool TryDecode(string text, byte[] destination) =>
        Base64Url.IsValid(text, out var length)
        && length == destination.Length
        && Base64Url.TryDecodeFromChars(text, destination, out _);

    private byte[] Mac(ReadOnlySpan<byte> payload) => HMACSHA256.HashData(_key, payload)[..MacBytes];
}

/// <summary>Remembers, for all instances, that a value was used. An interface, so that the proof of work can be tested
/// without a database.</summary>
public interface IChallengeReplayGuard
{
    /// <summary>True for the first caller with this value, false for every later one until it expires.</summary>
    Task<bool> RememberOnceAsync(
        string purpose,
        string value,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken
    );
}
