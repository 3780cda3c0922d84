namespace Identity.Core.Primitives;

/// <summary>A dependency that does not work although requests are still served: readiness reports it without turning
/// traffic away.</summary>
public interface IServiceWarning
{
    /// <summary>The problem and its beginning in a short text that names no host or person; null if there is
    /// none.</summary>
    Task<string?> ReadAsync(CancellationToken cancellationToken);
}
