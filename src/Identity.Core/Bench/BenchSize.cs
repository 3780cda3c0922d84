namespace Identity.Core.Bench;

// Bench owns the measurement of the database at a size: it fills a database that is marked for it and runs the
// product's queries through the stores of the rooms. It never touches a database that is not marked.

/// <summary>How large a bench database is.</summary>
public sealed record BenchSize(int Users, int Sessions, int RefreshTokens, int Events)
{
    /// <summary>Refresh tokens of one family: three used ones and a live leaf.</summary>
    internal const int Generations = 4;

    /// <summary>A million people.</summary>
    public static BenchSize Full { get; } = new(1_000_000, 10_000_000, 10_000_000, 20_000_000);

    /// <summary>Token families.</summary>
    internal int Families => RefreshTokens / Generations;

    /// <summary>One session in this many has a family.</summary>
    internal int SessionsPerFamily => Math.Max(1, Sessions / Math.Max(1, Families));

    /// <summary>What is wrong with it, or null.</summary>
    public string? Fault() =>
        Users < 10 || Sessions < 10 * Generations || RefreshTokens < Generations || Events < 0
            ? "A bench needs at least 10 users, 40 sessions and 4 refresh tokens."
        : RefreshTokens / Generations > Sessions ? "A bench needs a session for each family of four refresh tokens."
        : null;

    /// <summary>A session that is active now, in a browser or for a client.</summary>
    internal static bool IsActive(long session) => session / 7 % 10 <= 3;

    /// <summary>A session that a client holds for offline access.</summary>
    internal static bool IsOffline(long session) => session / 7 % 10 == 3;
}

/// <summary>The progress of a fill.</summary>
public sealed record BenchProgress(string Step, long Done, long Total);
