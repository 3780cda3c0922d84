namespace Identity.Core.Import.Users;

/// <summary>The progress of an import, after each batch and at the end.</summary>
/// <param name="Read">Rows read.</param>
/// <param name="Added">Accounts created; in a dry run, accounts that would be created.</param>
/// <param name="Present">Rows whose account already existed and was left unchanged.</param>
/// <param name="Refused">Rows that were refused.</param>
/// <param name="Bytes">Bytes of the file that were read.</param>
/// <param name="Updated">Accounts that were there and were changed; 0 without <see cref="UserImportUpdate"/>.</param>
public sealed record UserImportProgress(
    long Read,
    long Added,
    long Present,
    long Refused,
    long Bytes,
    long Updated = 0
);

/// <summary>What is done to accounts that are there already.</summary>
public enum UserImportUpdate
{
    /// <summary>They stay as they are.</summary>
    None,

    /// <summary>Fields, roles, groups and attributes that the file has are written.</summary>
    Fields,

    /// <summary>Password hashes, too.</summary>
    FieldsAndPasswords,
}

/// <summary>The outcome of an import.</summary>
public abstract record UserImportResult
{
    private UserImportResult() { }

    /// <summary>The whole file was read; its refused rows were reported one by one.</summary>
    public sealed record Finished(Guid ImportId, UserImportProgress Total) : UserImportResult;

    /// <summary>The file cannot be read to its end. Accounts added before stay.</summary>
    public sealed record Unreadable(string Reason, UserImportProgress SoFar) : UserImportResult;
}
