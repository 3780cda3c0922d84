namespace Identity.Core.Import.Users;

/// <summary>How far an import has come: after each batch, and at the end.</summary>
/// <param name="Read">Rows read.</param>
/// <param name="Added">Accounts made; in a dry run, accounts that would be made.</param>
/// <param name="Present">Rows whose account was there already, left as it was.</param>
/// <param name="Refused">Rows that were not taken.</param>
/// <param name="Bytes">Bytes of the file that were read.</param>
public sealed record UserImportProgress(long Read, long Added, long Present, long Refused, long Bytes);

/// <summary>What came of an import.</summary>
public abstract record UserImportResult
{
    private UserImportResult() { }

    /// <summary>The whole file was read; its refused rows were reported one by one.</summary>
    public sealed record Finished(Guid ImportId, UserImportProgress Total) : UserImportResult;

    /// <summary>The file cannot be read, or not further. What was added before stays.</summary>
    public sealed record Unreadable(string Reason, UserImportProgress SoFar) : UserImportResult;
}
