using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Clients;

/// <summary>The result of a change to a definition.</summary>
/// <param name="Secret">A secret that was created with it, in clear.</param>
internal sealed record ClientEdit(ClientDefinition Definition, string? Secret)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => nameof(ClientEdit);
}

// The common part of every change to an app.
public sealed partial class ClientAdministration
{
    private async Task<AdminOutcome<WrittenClient>> WriteAsync(
        Operator actor,
        AdminAction action,
        string clientId,
        string? version,
        Func<ClientDefinition, AdminOutcome<ClientEdit>> edit,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, action) is { } refused)
            return refused;
        var outcome = await database.InTransactionAsync<AdminOutcome<WrittenClient>>(
            async (transaction, cancel) =>
            {
                if (await ClientRows.LockAsync(transaction, clientId, cancel) is not { } stored)
                    return Missing(clientId);
                if (version is not null && stored.Version != version)
                    return new AdminOutcome.Stale();
                List<string> unreadable = [];
                if (stored.Read(unreadable) is not { } former)
                    return Invalid(ClientFault.Of(clientId, unreadable));
                if (MayHandle(actor, former) is { } beyond)
                    return beyond;
                return edit(former) switch
                {
                    AdminOutcome<ClientEdit>.Failed failed => failed.Reason,
                    AdminOutcome<ClientEdit>.Done done => await StoreAsync(
                        transaction,
                        actor,
                        action,
                        stored,
                        done.Value,
                        request,
                        cancel
                    ),
                    _ => throw new InvalidOperationException("An edit is made or refused."),
                };
            },
            cancellationToken
        );
        return await FollowAsync(outcome, cancellationToken);
    }

    private async Task<AdminOutcome<WrittenClient>> StoreAsync(
        DatabaseTransaction transaction,
        Operator actor,
        AdminAction action,
        StoredClient stored,
        ClientEdit edit,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (MayHandle(actor, edit.Definition) is { } beyond)
            return beyond;
        if (Check(stored.Id, edit.Definition) is { Count: > 0 } faults)
            return Invalid(faults);
        if (await HoldScopesAsync(transaction, edit.Definition, cancellationToken) is { } gone)
            return gone;
        await ClientRows.UpdateAsync(transaction, stored.Id, edit.Definition, cancellationToken);
        var details = ChangedSettings.Describe(stored.Json, edit.Definition.ToJson());
        details["client_id"] = stored.Id;
        await audit.AppendAsync(transaction, actor, action, null, request, details, cancellationToken);
        return new WrittenClient(stored.Id, edit.Secret);
    }

    // This instance reloads at once, so that the next page shows the change; the others follow by NOTIFY.
    private async Task<AdminOutcome<T>> FollowAsync<T>(AdminOutcome<T> outcome, CancellationToken cancellationToken)
    {
        if (outcome is AdminOutcome<T>.Done)
            await registry.LoadAsync(strict: false, cancellationToken);
        return outcome;
    }

    // The scopes of the definition were checked in memory. Those in the database are locked until the commit, so that
    // nobody can remove one meanwhile.
    private async Task<AdminOutcome?> HoldScopesAsync(
        DatabaseTransaction transaction,
        ClientDefinition definition,
        CancellationToken cancellationToken
    )
    {
        var scopes = registry.Catalog.Scopes;
        string[] stored =
        [
            .. (definition.Scopes ?? [])
                .Distinct(StringComparer.Ordinal)
                .Where(name => scopes.TryGetValue(name, out var scope) && scope.IsStored),
        ];
        return await ScopeRows.HoldAsync(transaction, stored, cancellationToken)
            ? null
            : new AdminOutcome.Invalid("scopes", "One of the scopes was removed at this moment.");
    }

    private AdminOutcome Missing(string clientId) =>
        registry.Find(clientId) is { StoredBy: null }
            ? new AdminOutcome.Refused(
                AdminRule.BuiltIn,
                $"{clientId} is defined in the configuration (Identity:Clients:{clientId}): change it there."
            )
            : new AdminOutcome.NotFound();

    private static AdminOutcome? MayHandle(Operator actor, ClientDefinition definition) =>
        AdminRules.MayGrant(
            actor,
            (definition.Scopes ?? [])
                .Concat(definition.TokenExchange?.Scopes ?? [])
                .Select(AdminPermission.OfScope)
                .OfType<AdminPermission>()
        );

    private static bool ChangesCredentials(ClientDefinition former, ClientDefinition now) =>
        !ClientSecrets.MethodsOf(former).SequenceEqual(ClientSecrets.MethodsOf(now))
        || (former.Jwks, former.JwksUri) != (now.Jwks, now.JwksUri)
        || TlsNames(former) != TlsNames(now);

    private static (string?, string?, string?, string?, string?) TlsNames(ClientDefinition definition) =>
        (
            definition.TlsClientAuthSubjectDn,
            definition.TlsClientAuthSanDns,
            definition.TlsClientAuthSanUri,
            definition.TlsClientAuthSanIp,
            definition.TlsClientAuthSanEmail
        );

    private static string? AddMissingSecret(ClientDefinition definition, string description)
    {
        if (!ClientSecrets.AreUsedBy(definition) || definition.Secrets is { Count: > 0 })
            return null;
        var (secret, stored) = ClientSecrets.Generate(description);
        definition.Secrets = [stored];
        return secret;
    }

    private static ClientSource SourceOf(Operator actor) =>
        actor.Kind == OperatorKind.Command ? ClientSource.CommandLine : ClientSource.Administration;

    private static AdminOutcome.Invalid Invalid(IReadOnlyList<ClientFault> faults) =>
        new(faults[0].Field, faults[0].Text)
        {
            More = [.. faults.Skip(1).Select(static fault => new AdminOutcome.Invalid(fault.Field, fault.Text))],
        };

    private ClientDetail Describe(StoredClient stored)
    {
        List<string> failures = [];
        var definition = stored.Read(failures);
        var effective = definition is null
            ? null
            : ClientReader.Read(stored.Id, definition, ClientRows.Section, registry.Catalog.Scopes, failures);
        var secrets = effective is null ? [] : ListingsOf(effective.Secrets);
        definition?.Secrets = null;
        return new(
            stored.Id,
            definition,
            effective is null ? null : effective with { StoredBy = stored.Source },
            ClientFault.Of(stored.Id, failures),
            secrets,
            stored.Source,
            stored.Version,
            stored.UpdatedAt
        );
    }
}
