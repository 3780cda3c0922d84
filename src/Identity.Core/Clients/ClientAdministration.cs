using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary> An operator's actions on apps, for console, API and command line. <see cref="ClientReader"/> checks a
/// definition, as it does for the configuration and for registration. An app with administrative scopes is as powerful
/// as they are: only an operator who holds the permissions behind them may create it, change it or see one of its
/// secrets.
/// </summary>
public sealed partial class ClientAdministration(
    Database database,
    ClientRegistry registry,
    AdminAuditLog audit,
    TimeProvider time
)
{
    /// <summary>The maximum number of entries of one call.</summary>
    public const int MaxListed = 200;

    /// <summary>The apps by id, including those of the configuration and faulty ones.</summary>
    /// <param name="search">Part of the id or the name, ignoring case; null for all.</param>
    /// <param name="after">The last id of the previous page; null for the first page.</param>
    /// <param name="count">1 to <see cref="MaxListed"/>; other values are clamped.</param>
    public AdminOutcome<IReadOnlyList<ClientListing>> List(Operator actor, string? search, string? after, int count)
    {
        if (AdminRules.Require(actor, AdminActions.ClientList) is { } refused)
            return refused;
        var catalog = registry.Catalog;
        IReadOnlyList<ClientListing> page =
        [
            .. catalog
                .Clients.Values.Select(static client => new ClientListing(
                    client.Id,
                    client.Name,
                    client.Profile,
                    client.StoredBy,
                    []
                ))
                .Concat(
                    catalog.Faulty.Values.Select(static client => new ClientListing(
                        client.Id,
                        client.Id,
                        null,
                        client.Source,
                        client.Faults
                    ))
                )
                .Where(client => Matches(client, search))
                .OrderBy(static client => client.Id, StringComparer.Ordinal)
                .Where(client => after is null || string.CompareOrdinal(client.Id, after) > 0)
                .Take(Math.Clamp(count, 1, MaxListed)),
        ];
        return new AdminOutcome<IReadOnlyList<ClientListing>>.Done(page);
    }

    /// <summary>One app as it is in the database now, or else in the configuration.</summary>
    public async Task<AdminOutcome<ClientDetail>> ReadAsync(
        Operator actor,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ClientRead) is { } refused)
            return refused;
        if (registry.Find(clientId) is { StoredBy: null } configured)
            return new ClientDetail(clientId, null, configured, [], ListingsOf(configured.Secrets), null, null, null);
        return await ClientRows.FindAsync(database, clientId, cancellationToken) is { } stored
            ? Describe(stored)
            : new AdminOutcome.NotFound();
    }

    /// <summary>All faults of a definition; empty if it is valid. For forms, which show all faults at once.</summary>
    public IReadOnlyList<ClientFault> Check(string clientId, ClientDefinition definition)
    {
        List<string> failures = [];
        if (definition.Secret is not null)
            failures.Add(
                $"{ClientRows.Section}:{clientId}:{nameof(definition.Secret)}: a secret is stored by its digest only."
            );
        ClientReader.Read(clientId, definition, ClientRows.Section, registry.Catalog.Scopes, failures);
        return ClientFault.Of(clientId, failures);
    }

    /// <summary>The defaults of an app of a profile.</summary>
    public static Client DefaultsOf(ClientProfile profile) => ClientReader.Defaults(profile);

    /// <summary>Creates an app. An app that authenticates with a secret gets one unless digests are given.</summary>
    public async Task<AdminOutcome<WrittenClient>> CreateAsync(
        Operator actor,
        string clientId,
        ClientDefinition definition,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (
            (
                AdminRules.Require(actor, AdminActions.ClientCreate)
                ?? (definition.Secrets is null ? null : AdminRules.Require(actor, AdminPermission.ClientsSecrets))
                ?? MayHandle(actor, definition)
            ) is
            { } refused
        )
            return refused;
        var taken = new AdminOutcome.Invalid("client_id", $"There is an app {clientId} already.");
        if (registry.Catalog.Has(clientId))
            return taken;
        var secret = AddMissingSecret(definition, "made with the app");
        if (Check(clientId, definition) is { Count: > 0 } faults)
            return Invalid(faults);
        var outcome = await database.InTransactionAsync<AdminOutcome<WrittenClient>>(
            async (transaction, cancel) =>
            {
                if (await HoldScopesAsync(transaction, definition, cancel) is { } gone)
                    return gone;
                if (!await ClientRows.InsertAsync(transaction, clientId, definition, SourceOf(actor), cancel))
                    return taken;
                var details = ChangedSettings.Describe(null, definition.ToJson());
                details["client_id"] = clientId;
                details["source"] = ClientRows.NameOf(SourceOf(actor));
                await audit.AppendAsync(transaction, actor, AdminActions.ClientCreate, null, request, details, cancel);
                return new WrittenClient(clientId, secret);
            },
            cancellationToken
        );
        return await FollowAsync(outcome, cancellationToken);
    }

    /// <summary> Replaces the definition of an app. Its secrets stay, whatever the definition says: they are rotated
    /// and revoked by other actions. To change how an app authenticates, an operator also needs <c>clients.secrets</c>,
    /// because a key is as good as a secret.
    /// </summary>
    /// <param name="version">The version that was read; null to skip the check.</param>
    public Task<AdminOutcome<WrittenClient>> ChangeAsync(
        Operator actor,
        string clientId,
        ClientDefinition definition,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            actor,
            AdminActions.ClientChange,
            clientId,
            version,
            former =>
            {
                definition.Secrets = ClientSecrets.AreUsedBy(definition) ? former.Secrets : null;
                var secret = AddMissingSecret(definition, "made when the app was changed");
                if (
                    ChangesCredentials(former, definition)
                    && AdminRules.Require(actor, AdminPermission.ClientsSecrets) is { } refused
                )
                    return refused;
                // The same address by another form: it is allowed after a fresh proof, or not at all.
                return
                    (definition.RedirectUris ?? []).Except(former.RedirectUris ?? [], StringComparer.Ordinal).Any()
                    && AdminRules.Require(actor, AdminActions.ClientAllowAddress) is { } unproved
                    ? unproved
                    : new ClientEdit(definition, secret);
            },
            request,
            cancellationToken
        );

    /// <summary>Adds one redirect URI to an app.</summary>
    public Task<AdminOutcome<WrittenClient>> AllowAddressAsync(
        Operator actor,
        string clientId,
        string redirectUri,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            actor,
            AdminActions.ClientAllowAddress,
            clientId,
            null,
            former =>
            {
                former.RedirectUris =
                [
                    .. (former.RedirectUris ?? []).Append(redirectUri).Distinct(StringComparer.Ordinal),
                ];
                return new ClientEdit(former, null);
            },
            request,
            cancellationToken
        );

    /// <summary>Removes an app and ends its grants.</summary>
    /// <param name="version">The version that was read; null to skip the check.</param>
    public async Task<AdminOutcome> RemoveAsync(
        Operator actor,
        string clientId,
        string? version,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.ClientRemove) is { } refused)
            return refused;
        var outcome = await database.InTransactionAsync<AdminOutcome>(
            async (transaction, cancel) =>
            {
                if (await ClientRows.LockAsync(transaction, clientId, cancel) is not { } stored)
                    return Missing(clientId);
                if (version is not null && stored.Version != version)
                    return new AdminOutcome.Stale();
                if (stored.Read([]) is { } definition && MayHandle(actor, definition) is { } beyond)
                    return beyond;
                await ClientRows.DeleteAsync(transaction, clientId, cancel);
                await audit.AppendAsync(
                    transaction,
                    actor,
                    AdminActions.ClientRemove,
                    null,
                    request,
                    new Dictionary<string, object?> { ["client_id"] = clientId },
                    cancel
                );
                return AdminOutcome.Done.Instance;
            },
            cancellationToken
        );
        if (outcome is AdminOutcome.Done)
            await registry.LoadAsync(strict: false, cancellationToken);
        return outcome;
    }

    private static bool Matches(ClientListing client, string? search) =>
        string.IsNullOrWhiteSpace(search)
        || client.Id.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase)
        || client.Name.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase);
}
