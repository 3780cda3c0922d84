namespace Identity.Core.Clients;

/// <summary>A client in a list.</summary>
/// <param name="Profile">Null if the definition cannot be read.</param>
/// <param name="StoredBy">How it came into the database; null for a client of the configuration.</param>
/// <param name="Faults">The reasons why it was left out; empty if it is valid.</param>
public sealed record ClientListing(
    string Id,
    string Name,
    ClientProfile? Profile,
    ClientSource? StoredBy,
    IReadOnlyList<string> Faults
);

/// <summary>A client as an operator reads it.</summary>
/// <param name="Definition">The stored definition without secrets; null for a client of the configuration or if it
/// cannot be read.</param>
/// <param name="Effective">With every default filled in; null if it is faulty.</param>
/// <param name="Secrets">Its secrets, without their values.</param>
/// <param name="Version">The row's version, to be sent with a change; null for a client of the configuration.</param>
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
    /// <summary>Whether it can be changed here; otherwise only in the configuration.</summary>
    public bool IsStored => Version is not null;
}

/// <summary>One secret of a client: enough to identify it, nothing to authenticate with.</summary>
/// <param name="Id">An id derived from its digest.</param>
/// <param name="ExpiresAt">When it stops working; null for never.</param>
public sealed record ClientSecretListing(string Id, string? Description, DateTimeOffset? ExpiresAt);

/// <summary>A client that was made or changed.</summary>
/// <param name="Secret">Its new secret in clear, to be shown once; null if none was created.</param>
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
