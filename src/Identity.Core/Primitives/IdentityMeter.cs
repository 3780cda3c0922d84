using System.Diagnostics.Metrics;

namespace Identity.Core.Primitives;

/// <summary>
/// The meter that every room counts on. Each keeps its own instruments beside what they count; docs/operations.md lists
/// them. A tag never holds what somebody typed, and takes a few values only.
/// </summary>
public static class IdentityMeter
{
    public const string Name = "Identity";

    public static Meter Instance { get; } = new(Name);
}
