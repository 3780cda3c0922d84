using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Import.Users;

/// <summary>What came of the lines of a batch; of any other line the account was there and stayed as it was.</summary>
/// <param name="Added">Accounts that were made.</param>
/// <param name="Updated">Accounts that were changed.</param>
/// <param name="Strangers">Lines whose id or address belongs to another account.</param>
/// <param name="Administrators">Lines of administrators, whom no import changes.</param>
internal sealed record BatchOutcome(
    IReadOnlySet<long> Added,
    IReadOnlySet<long> Updated,
    IReadOnlySet<long> Strangers,
    IReadOnlySet<long> Administrators
);

/// <summary>What the audit rows of an import have in common.</summary>
/// <param name="Id">The import.</param>
/// <param name="By">Who runs it.</param>
internal sealed record ImportMark(Guid Id, RequestContext By)
{
    public Json Details { get; } = new($$"""{"import":"{{Id:D}}"}""");
}

/// <summary>One import under way: what its file had so far, and what came of it.</summary>
internal sealed class UserImportRun(
    UserImportSettings settings,
    bool isDry,
    RequestContext by,
    Stream file,
    Action<RefusedRow> refused
)
{
    // 16 bytes an address keep a file of ten million people within 400 MB.
    private readonly HashSet<UInt128> _addresses = [];
    private readonly HashSet<Guid> _ids = [];
    private long _read;
    private long _added;
    private long _updated;
    private long _present;
    private long _refused;

    public ImportMark Mark { get; } = new(Guid.NewGuid(), by);

    public bool IsDry => isDry;

    public UserImportUpdate Update => settings.Update;

    public UserImportProgress Progress =>
        new(_read, _added, _present, _refused, file.CanSeek ? file.Position : 0, _updated);

    public void Take(long line, ImportedUser? user, string? reason, List<ImportedUser> batch)
    {
        _read++;
        if (user is null)
            Refuse(line, reason!);
        else if (!_addresses.Add(Digest(user.Email.Canonical)))
            Refuse(line, "email: an earlier row of the file has the same address.");
        else if (user.HasOwnId && !_ids.Add(user.Id))
            Refuse(line, "id: an earlier row of the file has the same id.");
        else
            batch.Add(user);
    }

    /// <summary>Counts what came of a batch.</summary>
    public void Note(IReadOnlyList<ImportedUser> batch, BatchOutcome outcome)
    {
        foreach (var line in batch.Select(static user => user.Line))
        {
            if (outcome.Added.Contains(line))
                _added++;
            else if (outcome.Updated.Contains(line))
                _updated++;
            else if (outcome.Administrators.Contains(line))
                Refuse(line, "the account has an administrative role: change it in the console.");
            else if (outcome.Strangers.Contains(line))
                Refuse(line, "the id or the email belongs to another account.");
            else
                _present++;
        }
    }

    private void Refuse(long line, string reason)
    {
        _refused++;
        refused(new(line, reason));
    }

    private static UInt128 Digest(string address) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(address)));
}
