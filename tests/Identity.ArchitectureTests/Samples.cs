// What the reader of assemblies is tried on: each type uses one of the others in a way that is easy to overlook. The
// assembly is read, never run.
namespace Identity.ArchitectureTests.Samples;

internal sealed class Used
{
    public static int Value => 1;
}

internal class UsedBase;

[AttributeUsage(AttributeTargets.All)]
internal sealed class UsedAttribute : Attribute;

internal sealed class SeenInALocal
{
    public static string Read() => new Used().ToString() ?? "";
}

internal sealed class SeenInAGenericArgument
{
    public IReadOnlyDictionary<string, Used[]>? All { get; init; }
}

internal sealed class SeenInAnAttribute
{
    [Used]
    public string? Name { get; init; }
}

internal sealed class SeenInALambda
{
    public static Func<int> Read(int more) => () => more + Used.Value;
}

internal sealed class SeenInAStateMachine
{
    public static async Task<int> ReadAsync()
    {
        await Task.Yield();
        return Used.Value;
    }
}

internal sealed class SeenAsABase : UsedBase;

public class OpenForNoReason;

internal sealed class TokenHelper;
