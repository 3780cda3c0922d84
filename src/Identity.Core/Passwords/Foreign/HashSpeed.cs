using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Bcrypt = Org.BouncyCastle.Crypto.Generators.BCrypt;

namespace Identity.Core.Passwords.Foreign;

/// <summary> How fast this machine computes each function, in seconds a unit. The minimum counts, because other load
/// only increases the time. A function is measured on first use and again with every hash.
/// </summary>
internal sealed class HashSpeed
{
    private const int MinSamples = 3;

    // The first runs of a function are several times slower, until it is fully optimised by the JIT compiler.
    internal static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(500);
    private static readonly ConcurrentDictionary<HashPrimitive, Lazy<double>> Measured = new();
    private readonly ConcurrentDictionary<HashPrimitive, double> _secondsPerUnit = new();

    /// <summary>The duration of an amount of work, in seconds.</summary>
    public double Seconds(HashWork work) =>
        work.Primitive == HashPrimitive.Digest
            ? 0
            : work.Units * _secondsPerUnit.GetOrAdd(work.Primitive, OnThisMachine);

    /// <summary>Records the duration of some work.</summary>
    public void Note(HashWork work, TimeSpan took)
    {
        if (work.Primitive != HashPrimitive.Digest && took > TimeSpan.Zero)
            _secondsPerUnit.AddOrUpdate(
                work.Primitive,
                static (_, seconds) => seconds,
                static (_, least, seconds) => Math.Min(least, seconds),
                took.TotalSeconds / work.Units
            );
    }

    // Once per process, even for parallel callers.
    private static double OnThisMachine(HashPrimitive primitive) =>
        Measured.GetOrAdd(primitive, static one => new(() => Measure(one))).Value;

    private static double Measure(HashPrimitive primitive)
    {
        var least = double.MaxValue;
        var started = Stopwatch.GetTimestamp();
        for (var sample = 0; sample < MinSamples || Stopwatch.GetElapsedTime(started) < WarmUp; sample++)
        {
            var began = Stopwatch.GetTimestamp();
            var units = Compute(primitive);
            least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds / units);
        }
        return least;
    }

    private static long Compute(HashPrimitive primitive)
    {
        var bytes = new byte[16];
        switch (primitive)
        {
            case HashPrimitive.Bcrypt:
                Bcrypt.Generate(bytes, bytes, 6, addTerminator: false);
                return 1 << 6;
            case HashPrimitive.Scrypt:
                SCrypt.Generate(bytes, bytes, 1024, 8, 1, 32);
                return 1024 * 8;
            case HashPrimitive.Argon2:
                Argon2BytesGenerator generator = new();
                generator.Init(
                    new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
                        .WithMemoryAsKB(2048)
                        .WithIterations(1)
                        .WithParallelism(1)
                        .WithSalt(bytes)
                        .Build()
                );
                generator.GenerateBytes(bytes, new byte[32]);
                return 2048;
            case HashPrimitive.Md5:
                PhpassHash.Read("$P$9" + new string('.', 30))?.Matches(bytes);
                return (1 << 11) + 1;
            default:
                Rfc2898DeriveBytes.Pbkdf2(bytes, bytes, 4096, AlgorithmOf(primitive), 16);
                return 4096;
        }
    }

    private static HashAlgorithmName AlgorithmOf(HashPrimitive primitive) =>
        primitive switch
        {
            HashPrimitive.Pbkdf2Sha1 => HashAlgorithmName.SHA1,
            HashPrimitive.Pbkdf2Sha256 => HashAlgorithmName.SHA256,
            _ => HashAlgorithmName.SHA512,
        };
}
