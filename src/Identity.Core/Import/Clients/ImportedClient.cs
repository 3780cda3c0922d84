using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>The systems whose clients can be imported.</summary>
public enum ClientFileSource
{
    /// <summary>This product's own export: section <c>Identity:Clients</c> of a settings file.</summary>
    Identity,

    /// <summary>A Keycloak realm export.</summary>
    Keycloak,

    /// <summary>Duende IdentityServer: the settings file with section <c>IdentityServer</c>, or its EF tables as
    /// JSON.</summary>
    Duende,

    /// <summary>OpenIddict's table of applications as JSON.</summary>
    OpenIddict,
}

/// <summary>A client of a file, as far as it can be carried over.</summary>
/// <param name="NeedsSecret">A confidential client whose secret cannot be carried over: it gets a new one.</param>
/// <param name="Notes">What cannot be carried over, one line each.</param>
internal sealed record ImportedClient(
    string ClientId,
    ClientDefinition Definition,
    bool NeedsSecret,
    IReadOnlyList<string> Notes
);

/// <summary>The outcome for one client of a file.</summary>
/// <param name="Outcome"><c>added</c>, <c>present</c> (left as it is), <c>skipped</c> or <c>refused</c>.</param>
/// <param name="Secret">A new secret, shown once; null if the old one works or none is needed.</param>
/// <param name="Notes">What could not be carried over, and the faults of a refused client.</param>
public sealed record ClientImportRow(string ClientId, string Outcome, string? Secret, IReadOnlyList<string> Notes)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"ClientImportRow({ClientId}, {Outcome})";
}
