using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>A scope in a list.</summary>
/// <param name="Clients">The apps that may ask for it.</param>
/// <param name="Version">The row's version, to be sent with a change; null for a scope of OpenID Connect or of the
/// configuration.</param>
public sealed record ScopeListing(ApiScope Scope, IReadOnlyList<string> Clients, string? Version);

/// <summary>An operator's actions on scopes and the APIs behind them, for console, API and command line.</summary>
public sealed class ScopeAdministration(Database database, ClientRegistry registry, AdminAuditLog audit)
{
    /// <summary>Every scope by name: those of OpenID Connect, of the configuration and of the database.</summary>
    public async Task<AdminOutcome<IReadOnlyList<ScopeListing>>> ListAsync(
        Operator actor,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ScopeList) is { } refused)
            return refused;
        var stored = (await ScopeRows.AllAsync(database, cancellationToken)).ToDictionary(
            static scope => scope.Name,
            static scope => scope.Version,
            StringComparer.Ordinal
        );
        var catalog = registry.Catalog;
        IReadOnlyList<ScopeListing> all =
        [
            .. catalog
                .Scopes.Values.OrderBy(static scope => scope.Name, StringComparer.Ordinal)
                .Select(scope => new ScopeListing(
                    scope,
                    [
                        .. catalog
                            .Clients.Values.Where(client => client.Scopes.Contains(scope.Name))
                            .Select(static client => client.Id)
                            .Order(StringComparer.Ordinal),
                    ],
                    scope.IsStored ? stored.GetValueOrDefault(scope.Name) : null
                )),
        ];
        return new AdminOutcome<IReadOnlyList<ScopeListing>>.Done(all);
    }

    /// <summary>Creates a scope.</summary>
    public async Task<AdminOutcome> CreateAsync(
        Operator actor,
        string name,
        ScopeDefinition definition,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ScopeCreate) is { } refused)
            return refused;
        if (Fault(name, definition) is { } fault)
            return fault;
        var taken = new AdminOutcome.Invalid("name", $"There is a scope {name} already.");
        if (registry.Catalog.Scopes.ContainsKey(name))
            return taken;
        return await FollowAsync(
            await database.InTransactionAsync<AdminOutcome>(
                async (transaction, cancel) =>
                {
                    if (!await ScopeRows.InsertAsync(transaction, name, definition, cancel))
                        return taken;
                    await AuditAsync(
                        transaction,
                        actor,
                        AdminActions.ScopeCreate,
                        name,
                        null,
                        definition,
                        request,
                        cancel
                    );
                    return AdminOutcome.Done.Instance;
                },
                cancellationToken
            ),
            cancellationToken
        );
    }

    /// <summary>Replaces the definition of a stored scope.</summary>
    /// <param name="version">The version that was read; null to skip the check.</param>
    public async Task<AdminOutcome> ChangeAsync(
        Operator actor,
        string name,
        ScopeDefinition definition,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if ((AdminRules.Require(actor, AdminActions.ScopeChange) ?? Fault(name, definition)) is { } refused)
            return refused;
        return await FollowAsync(
            await database.InTransactionAsync<AdminOutcome>(
                async (transaction, cancel) =>
                {
                    if (await ScopeRows.LockAsync(transaction, name, cancel) is not { } stored)
                        return Missing(name);
                    if (version is not null && stored.Version != version)
                        return new AdminOutcome.Stale();
                    await ScopeRows.UpdateAsync(transaction, name, definition, cancel);
                    await AuditAsync(
                        transaction,
                        actor,
                        AdminActions.ScopeChange,
                        name,
                        stored.Json,
                        definition,
                        request,
                        cancel
                    );
                    return AdminOutcome.Done.Instance;
                },
                cancellationToken
            ),
            cancellationToken
        );
    }

    /// <summary>Removes a stored scope that no app names. An app that named it would become faulty.</summary>
    /// <param name="version">The version that was read; null to skip the check.</param>
    public async Task<AdminOutcome> RemoveAsync(
        Operator actor,
        string name,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ScopeRemove) is { } refused)
            return refused;
        return await FollowAsync(
            await database.InTransactionAsync<AdminOutcome>(
                async (transaction, cancel) =>
                {
                    if (await ScopeRows.LockAsync(transaction, name, cancel) is not { } stored)
                        return Missing(name);
                    if (version is not null && stored.Version != version)
                        return new AdminOutcome.Stale();
                    if (await NamedByAsync(transaction, name, cancel) is { Length: > 0 } clients)
                        return new AdminOutcome.Invalid(
                            "name",
                            $"These apps may ask for it: {string.Join(", ", clients)}. Take it from them first."
                        );
                    await ScopeRows.DeleteAsync(transaction, name, cancel);
                    await AuditAsync(transaction, actor, AdminActions.ScopeRemove, name, null, null, request, cancel);
                    return AdminOutcome.Done.Instance;
                },
                cancellationToken
            ),
            cancellationToken
        );
    }

    private async Task<string[]> NamedByAsync(
        DatabaseTransaction transaction,
        string name,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await ScopeRows.ClientsOfAsync(transaction, name, cancellationToken))
                .Concat(
                    registry
                        .Clients.Where(client => client.StoredBy is null && client.Scopes.Contains(name))
                        .Select(static client => client.Id)
                )
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    private AdminOutcome Missing(string name) =>
        registry.Catalog.Scopes.TryGetValue(name, out var scope) && !scope.IsStored
            ? new AdminOutcome.Refused(
                AdminRule.BuiltIn,
                scope.IsStandard || scope.IsAdministrative
                    ? $"{name} is a built-in scope and stays as it is."
                    : $"{name} is defined in the configuration (Identity:Scopes): change it there."
            )
            : new AdminOutcome.NotFound();

    private static AdminOutcome.Invalid? Fault(string name, ScopeDefinition definition)
    {
        if (AdminPermission.OfScope(name) is not null)
            return new AdminOutcome.Invalid("name", $"{name} is a scope of the administration API.");
        AdminOutcome.Invalid[] faults =
        [
            .. definition
                .Faults(name)
                .Select(static fault => new AdminOutcome.Invalid(
                    JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Setting ?? "Name"),
                    fault.Problem + "."
                )),
        ];
        return faults.Length == 0 ? null : faults[0] with { More = faults[1..] };
    }

    private Task AuditAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        string name,
        string? before,
        ScopeDefinition? after,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var details = after is null ? new(StringComparer.Ordinal) : ChangedSettings.Describe(before, after.ToJson());
        details["scope"] = name;
        return audit.AppendAsync(transaction, actor, action, null, request, details, cancellationToken);
    }

    private async Task<AdminOutcome> FollowAsync(AdminOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome is AdminOutcome.Done)
            await registry.LoadAsync(strict: false, cancellationToken);
        return outcome;
    }
}
