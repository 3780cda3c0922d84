namespace Identity.Server.Pages.Shared;

/// <summary> On a page whose form bots target: <see cref="Identity.Core.BotDefence.BotGate"/> protects it and requires
/// a challenge if the IP address has sent many. <see cref="HostedPage"/> enforces it; the page shows <c>_Challenge</c>
/// inside its form.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class AsksForChallengeAttribute : Attribute
{
    /// <summary>A form that succeeded does not count, because a right password does not indicate a bot. A form that
    /// sends a mail always counts.</summary>
    public bool ForgivesSuccess { get; init; }
}
