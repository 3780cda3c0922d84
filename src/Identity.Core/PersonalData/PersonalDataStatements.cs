namespace Identity.Core.PersonalData;

// PersonalData owns the list of what the rooms keep about a person, and when each forgets it. A room states what it
// forgets, beside its own tables; erasure (Privacy), the first proof of an address and the undoing of a change of
// address (Recovery) run these statements together. It knows no table itself.

/// <summary>
/// What one room forgets about a person. Each text is one SQL statement with the parameter <c>@id</c>, the account;
/// null where the room keeps everything. The order among rooms does not matter.
/// </summary>
/// <param name="Room">The room, for messages.</param>
public sealed record PersonalDataStatements(string Room)
{
    /// <summary>The account is erased: nothing of the person stays.</summary>
    public required string Erase { get; init; }

    /// <summary>The address is proved for the first time: what was set up before gives access to somebody who never
    /// owned it.</summary>
    public string? FirstProof { get; init; }

    /// <summary>A change of the address is undone: what was set up since <c>@since</c>, the time of the change, goes.
    /// What stood before is the owner's.</summary>
    public string? UndoEmailChange { get; init; }
}
