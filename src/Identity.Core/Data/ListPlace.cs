namespace Identity.Core.Data;

/// <summary>The position after an entry of a list that is sorted by a moment, and by id where moments are equal: all
/// that one transaction wrote has the same moment, so a moment alone would skip entries.</summary>
/// <param name="Id">The entry's id; null for the position after every entry of that moment.</param>
public readonly record struct ListPlace(DateTimeOffset At, Guid? Id)
{
    public static implicit operator ListPlace(DateTimeOffset at) => FromDateTimeOffset(at);

    /// <summary>The position after every entry of a moment.</summary>
    public static ListPlace FromDateTimeOffset(DateTimeOffset at) => new(at, null);
}
