using Identity.Core.Administration;
using Identity.Core.Audit;

namespace Identity.Core.Keys;

/// <summary>An operator's actions on signing keys, for console, API and command line.</summary>
public sealed class SigningKeyAdministration(SigningKeyRotation rotation, SigningKeyRing ring)
{
    /// <summary>Every key that is or will be published, oldest first.</summary>
    public async Task<AdminOutcome<IReadOnlyList<SigningKeyDescription>>> ListAsync(
        Operator actor,
        CancellationToken cancellationToken
    ) =>
        AdminRules.Require(actor, AdminActions.KeyList) is { } refused
            ? refused
            : new AdminOutcome<IReadOnlyList<SigningKeyDescription>>.Done(await rotation.ListAsync(cancellationToken));

    /// <summary>Creates successors: announced first, or signing at once.</summary>
    /// <param name="algorithm">The algorithm; null for every one in use.</param>
    /// <param name="activate">Whether they sign at once. Clients that cache the key set fail until they reload
    /// it.</param>
    public async Task<AdminOutcome<IReadOnlyList<SigningKeyDescription>>> RotateAsync(
        Operator actor,
        string? algorithm,
        bool activate,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.KeyRotate) is { } refused)
            return refused;
        List<SigningKeyDescription> made = [];
        try
        {
            SigningKeyOperator by = new(actor, AdminActions.KeyRotate, request);
            foreach (var one in algorithm is null ? ring.Algorithms.ToArray() : [algorithm])
                made.Add(await rotation.RotateAsync(one, activate, cancellationToken, by));
        }
        catch (ArgumentException unknown)
        {
            return new AdminOutcome.Invalid("algorithm", unknown.Message);
        }
        await ring.ReloadAsync(cancellationToken);
        return new AdminOutcome<IReadOnlyList<SigningKeyDescription>>.Done(made);
    }

    /// <summary>Stops a key from signing at once.</summary>
    /// <param name="remove">Whether to remove it from the key set too, which is necessary after a leak.</param>
    public async Task<AdminOutcome<SigningKeyRetirement.Retired>> RetireAsync(
        Operator actor,
        string kid,
        bool remove,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.KeyRetire) is { } refused)
            return refused;
        var outcome = await rotation.RetireAsync(
            kid,
            remove,
            cancellationToken,
            new SigningKeyOperator(actor, AdminActions.KeyRetire, request)
        );
        if (outcome is not SigningKeyRetirement.Retired retired)
            return new AdminOutcome.NotFound();
        await ring.ReloadAsync(cancellationToken);
        return retired;
    }
}

/// <summary>Who changes signing keys, if it is not the schedule.</summary>
public sealed record SigningKeyOperator(Operator Actor, AdminAction Action, RequestContext Request);
