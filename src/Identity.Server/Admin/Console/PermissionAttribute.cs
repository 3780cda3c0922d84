namespace Identity.Server.Admin.Console;

/// <summary>On a handler of the console: the one permission that it takes, by its name.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PermissionAttribute(string name) : Attribute
{
    /// <summary>The name, such as <c>users.read</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>On a handler of the console that shows nothing which not every operator may see.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyOperatorAttribute : Attribute
{
    /// <summary>Open to an operator whose session has shown one factor only.</summary>
    public bool WithoutSecondFactor { get; init; }
}
