using System.Diagnostics.Metrics;

namespace Identity.Core.Primitives;

/// <summary> The meter of all rooms. Each room defines its own instruments; docs/operations.md lists them. A tag never
/// contains user input and has only a few values.
/// </summary>
public static class IdentityMeter
{
    public const string Name = "Identity";

    public static Meter Instance { get; } = new(Name);
}
