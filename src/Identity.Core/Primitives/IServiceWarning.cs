namespace Identity.Core.Primitives;

/// <summary>Something that a running instance depends on and that does not work, though requests are still served:
/// readiness tells of it without turning traffic away.</summary>
public interface IServiceWarning
{
    /// <summary>What is wrong and since when, in a few words that name no host and no person; null while all is
    /// well.</summary>
    Task<string?> ReadAsync(CancellationToken cancellationToken);
}
