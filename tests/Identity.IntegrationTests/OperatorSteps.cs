using System.Collections.Frozen;
using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.People;
using Identity.Core.Privacy;

namespace Identity.IntegrationTests;

/// <summary>What an operator who may do everything does to people, for tests of what follows.</summary>
internal static class OperatorSteps
{
    public static Operator Everything { get; } = new(OperatorKind.Command, "tests", AdminPermission.All.ToFrozenSet());

    public static async Task<bool> LockAsync(this AccountActions actions, Guid userId) =>
        await actions.LockAsync(Everything, userId, TimeSpan.FromMinutes(5), null, Rooms.Stranger, default)
        is AdminOutcome.Done;

    public static async Task<bool> UnlockAsync(this AccountActions actions, Guid userId) =>
        await actions.UnlockAsync(Everything, userId, Rooms.Stranger, default) is AdminOutcome.Done;

    public static async Task<bool> DisableAsync(this AccountActions actions, Guid userId) =>
        await actions.DeactivateAsync(Everything, userId, null, null, Rooms.Stranger, default) is AdminOutcome.Done;

    public static Task<bool> EraseAsync(this AccountEraser eraser, Database database, Guid userId) =>
        database.InTransactionAsync(
            (transaction, cancel) => eraser.EraseAsync(transaction, userId, Rooms.Stranger, cancel),
            default
        );
}
