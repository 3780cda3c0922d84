using Identity.Core.Keys;
using Identity.Core.Primitives;
using Npgsql;

namespace Identity.Server.Admin.Findings;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="State">One of <see cref="Ok"/>, <see cref="Warning"/> and <see cref="Fault"/>.</param>
/// <param name="Says">What was found and what to do, in English.</param>
internal sealed record Finding(string Check, string State, string Says)
{
    public const string Ok = "ok";
    public const string Warning = "warning";
    public const string Fault = "fault";
}

/// <summary>What the running provider finds: the doctor's questions to the database, and the warnings of
/// <c>/health/ready</c>. What only a start can show (owner, issuer, mail server) stays with the doctor.</summary>
internal sealed class FindingsReader(
    NpgsqlDataSource source,
    MasterKey master,
    IConfiguration configuration,
    IEnumerable<IServiceWarning> warnings
)
{
    public async Task<IReadOnlyList<Finding>> ReadAsync(CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        await DatabaseFindings.OfRolesAsync(source, Fault, Ok, cancellationToken);
        await DatabaseFindings.OfPartitionsAsync(source, Fault, Warn, Ok, cancellationToken);
        await DatabaseFindings.OfKeysAsync(source, master.Ids, Fault, Warn, Ok, cancellationToken);
        foreach (var client in await DatabaseFindings.ClientsWithoutPkceAsync(source, cancellationToken))
            Warn("clients", $"{client} may sign people in by nonce, without PKCE (AllowNonceInsteadOfPkce).");
        await ScopeFindings.ReadAsync(source, configuration, Warn, cancellationToken);
        foreach (var warning in warnings)
        {
            if (await warning.ReadAsync(cancellationToken) is { } says)
                Warn("service", says);
        }
        return findings;

        void Fault(string check, string says) => findings.Add(new(check, Finding.Fault, says));
        void Warn(string check, string says) => findings.Add(new(check, Finding.Warning, says));
        void Ok(string check, string says) => findings.Add(new(check, Finding.Ok, says));
    }
}
