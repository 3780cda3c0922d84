namespace Identity.Server.Admin.Console;

/// <summary>On a handler of the console: the name of the permission that it requires.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PermissionAttribute(string name) : Attribute
{
    /// <summary>The name, such as <c>users.read</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>On a handler of the console that every operator may use.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyOperatorAttribute : Attribute
{
    /// <summary>Open to an operator whose session has only one factor.</summary>
    public bool WithoutSecondFactor { get; init; }
}
