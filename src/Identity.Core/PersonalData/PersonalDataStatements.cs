namespace Identity.Core.PersonalData;

// PersonalData owns the list of statements by which the rooms erase data about a person, and when they run. Each room
// declares its own statements; erasure (Privacy), the first proof of an address, the undoing of a change of address and
// the securing of an account (Recovery) run them together. It knows no table itself.

/// <summary> The statements by which one room erases data about a person. Each text is one SQL statement with the
/// parameter <c>@id</c>, the account; null if the room keeps everything. The order of rooms does not matter.
/// </summary>
/// <param name="Room">The room, for messages.</param>
public sealed record PersonalDataStatements(string Room)
{
    /// <summary>The account is erased: nothing of the person stays.</summary>
    public required string Erase { get; init; }

    /// <summary>The address is proved for the first time: whatever was set up before could give access to somebody who
    /// never owned it.</summary>
    public string? FirstProof { get; init; }

    /// <summary>The account is secured, because somebody else may have access: every access of browsers, apps and
    /// mailed links ends. The person's ways to sign in and their data stay.</summary>
    public string? Secure { get; init; }

    /// <summary>A forgotten password is replaced by a mailed link, as people do who have lost control of the account:
    /// access that does not depend on the password or on a session ends, too.</summary>
    public string? PasswordReset { get; init; }

    /// <summary>A change of the address is undone: whatever was set up since <c>@since</c>, the time of the change, is
    /// removed. Earlier data is the owner's.</summary>
    public string? UndoEmailChange { get; init; }
}
