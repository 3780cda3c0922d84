using System.Collections.Frozen;

namespace Identity.Core.Administration;

/// <summary>The channel through which an operator acts.</summary>
public enum OperatorKind
{
    /// <summary>A person, in the console or by an access token of theirs.</summary>
    Person,

    /// <summary>A client with a token of its own.</summary>
    Client,

    /// <summary>The command line, on a machine that holds the credentials of the database.</summary>
    Command,
}

/// <summary>Who performs an administrative action, and what they may do. It is read for each request (<see
/// cref="OperatorReader"/>) and never cached.</summary>
/// <param name="Kind">The channel.</param>
/// <param name="Id">A person's user id, a client's id, or the operating-system account of a command.</param>
/// <param name="Permissions">What they may do.</param>
public sealed record Operator(OperatorKind Kind, string Id, FrozenSet<AdminPermission> Permissions)
{
    /// <summary>How long a proof (sign-in or step-up) lets a person do what cannot be undone.</summary>
    public static TimeSpan ProofLifetime { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The session in which a person acts.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>When a person last proved who they are, by the database's clock.</summary>
    public DateTimeOffset? ProvedAt { get; init; }

    /// <summary>When this was read, by the same clock; the age of the proof is measured against it.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>The bulk action that this is part of; null otherwise. In one, nobody acts on administrators and nobody
    /// grants administrative power.</summary>
    public Guid? Bulk { get; init; }

    /// <summary>The account of a person; null for a client and a command.</summary>
    public Guid? UserId => Kind == OperatorKind.Person ? Guid.Parse(Id) : null;

    /// <summary>Whether actions that cannot be undone need no further proof. A client proves itself for each token; a
    /// command runs with the credentials of the database.</summary>
    public bool HasFreshProof =>
        Kind != OperatorKind.Person || (ProvedAt is { } proved && ReadAt - proved <= ProofLifetime);

    public bool May(AdminPermission permission) => Permissions.Contains(permission);

    /// <summary>The same operator with no more than the scopes of an access token carry: a token never allows what its
    /// owner may not do.</summary>
    public Operator LimitedTo(IEnumerable<string> scopes) =>
        this with
        {
            Permissions = Permissions.Intersect(OperatorReader.PermissionsOf(scopes)).ToFrozenSet(),
        };

    public override string ToString() => $"{Kind} {Id}";
}
