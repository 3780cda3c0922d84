using Identity.Core.Data;

namespace Identity.Core.PersonalData;

/// <summary>Runs the statements of all rooms, in the transaction of the caller: all of them take effect, or none
/// does.</summary>
public sealed class PersonalDataEraser(IEnumerable<PersonalDataStatements> rooms)
{
    private readonly PersonalDataStatements[] _rooms = [.. rooms];

    /// <summary>Erases everything about the person. The account's row stays, blank, so that its id is never used
    /// again.</summary>
    public Task EraseAsync(DatabaseTransaction transaction, Guid userId, CancellationToken cancellationToken) =>
        RunAsync(transaction, static room => room.Erase, cancellationToken, ("id", userId));

    /// <summary>Removes what was set up before the address was proved.</summary>
    public Task ForgetUnprovedAsync(
        DatabaseTransaction transaction,
        Guid userId,
        CancellationToken cancellationToken
    ) => RunAsync(transaction, static room => room.FirstProof, cancellationToken, ("id", userId));

    /// <summary>Ends every access of browsers, apps and mailed links.</summary>
    public Task SecureAsync(DatabaseTransaction transaction, Guid userId, CancellationToken cancellationToken) =>
        RunAsync(transaction, static room => room.Secure, cancellationToken, ("id", userId));

    /// <summary>Ends what a reset of the password ends beside sessions.</summary>
    public Task ResetAsync(DatabaseTransaction transaction, Guid userId, CancellationToken cancellationToken) =>
        RunAsync(transaction, static room => room.PasswordReset, cancellationToken, ("id", userId));

    /// <summary>Removes what was set up since a change of the address.</summary>
    public Task ForgetSinceAsync(
        DatabaseTransaction transaction,
        Guid userId,
        DateTimeOffset since,
        CancellationToken cancellationToken
    ) =>
        RunAsync(transaction, static room => room.UndoEmailChange, cancellationToken, ("id", userId), ("since", since));

    private async Task RunAsync(
        DatabaseTransaction transaction,
        Func<PersonalDataStatements, string?> choose,
        CancellationToken cancellationToken,
        params (string, object?)[] parameters
    )
    {
        foreach (var statement in _rooms.Select(choose).OfType<string>())
            await transaction.ExecuteAsync(statement, cancellationToken, parameters);
    }
}
