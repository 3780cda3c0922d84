namespace Identity.Core.Clients;

/// <summary>A client in a list.</summary>
/// <param name="Profile">Null where the definition cannot be read.</param>
/// <param name="StoredBy">By which way it came into the database; null for one of the configuration.</param>
/// <param name="Faults">Why it was left out; empty where it works.</param>
public sealed record ClientListing(
    string Id,
    string Name,
    ClientProfile? Profile,
    ClientSource? StoredBy,
    IReadOnlyList<string> Faults
);

/// <summary>A client as an operator reads it.</summary>
/// <param name="Definition">What is written down, without secrets; null for a client of the configuration, and where
/// it cannot be read.</param>
/// <param name="Effective">With every default filled in; null where it is faulty.</param>
/// <param name="Secrets">What is known of its secrets.</param>
/// <param name="Version">The row's version, to be given back with a change; null for a client of the
/// configuration.</param>
public sealed record ClientDetail(
    string Id,
    ClientDefinition? Definition,
    Client? Effective,
    IReadOnlyList<ClientFault> Faults,
    IReadOnlyList<ClientSecretListing> Secrets,
    ClientSource? StoredBy,
    string? Version,
    DateTimeOffset? ChangedAt
)
{
    /// <summary>Whether it can be changed here, and not in the configuration alone.</summary>
    public bool IsStored => Version is not null;
}

/// <summary>One secret of a client: enough to tell it from the others, nothing to sign in with.</summary>
/// <param name="Id">An id made of its digest.</param>
/// <param name="ExpiresAt">When it stops working; null for never.</param>
public sealed record ClientSecretListing(string Id, string? Description, DateTimeOffset? ExpiresAt);

/// <summary>A client that was made or changed.</summary>
/// <param name="Secret">Its new secret, in clear, to be shown once; null where none was made.</param>
public sealed record WrittenClient(string Id, string? Secret)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"WrittenClient {Id}";
}

/// <summary>A secret that was made.</summary>
/// <param name="Secret">In clear, to be shown once.</param>
/// <param name="OldUntil">Until when the former ones work.</param>
public sealed record RotatedSecret(string Id, string Secret, DateTimeOffset OldUntil)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"RotatedSecret {Id} until {OldUntil:O}";
}
