namespace Identity.Core.Administration;

/// <summary>A face of an action: where it is offered, or why it is not.</summary>
/// <param name="Offer">The route, the method and path, or the command.</param>
/// <param name="WhyNot">The reason why there is none.</param>
public sealed record AdminFace(string? Offer, string? WhyNot)
{
    /// <summary>Offered there.</summary>
    public static AdminFace At(string offer) => new(offer, null);

    /// <summary>Not offered, for this reason.</summary>
    public static AdminFace None(string reason) => new(null, reason);
}

/// <summary>One administrative action, as a test compares it with what is offered.</summary>
/// <param name="Name">Thing and verb, such as <c>role.create</c>.</param>
/// <param name="Permission">What the operator must hold.</param>
/// <param name="EventType">The type of its audit row, one of
/// <see cref="Audit.AuditEventTypes"/>; null for reading.</param>
/// <param name="Page">The route in the console.</param>
/// <param name="Api">Method and path.</param>
/// <param name="Command">The command, as typed after <c>identity</c>.</param>
public sealed record AdminAction(
    string Name,
    AdminPermission Permission,
    string? EventType,
    AdminFace Page,
    AdminFace Api,
    AdminFace Command
)
{
    /// <summary>Whether it cannot be undone, so that a person proves who they are first.</summary>
    public bool NeedsProof { get; init; }

    public override string ToString() => Name;
}
