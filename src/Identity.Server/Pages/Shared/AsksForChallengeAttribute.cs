namespace Identity.Server.Pages.Shared;

/// <summary>
/// On a page whose form machines like: <see cref="Identity.Core.BotDefence.BotGate"/> stands before it, and asks for a
/// challenge when the address has sent many.
/// <see cref="HostedPage"/> sees to it; the page shows <c>_Challenge</c> inside its form.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AsksForChallengeAttribute : Attribute
{
    /// <summary>A form that led on does not count: a right password is no sign of a machine. A form that sends a mail
    /// counts whatever came of it.</summary>
    public bool ForgivesSuccess { get; init; }
}
