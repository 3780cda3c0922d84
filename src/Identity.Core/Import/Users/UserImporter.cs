using System.Security.Cryptography;
using System.Text;
using Identity.Core.Audit;
using Identity.Core.Data;

namespace Identity.Core.Import.Users;

/// <summary> Imports people of another system in batches of one transaction each. Existing accounts stay as they are,
/// so that an interrupted import is simply started again.
/// </summary>
public sealed class UserImporter(Database database, AuditLog audit)
{
    private const int BatchSize = 5000;

    /// <summary>Reads the file to its end.</summary>
    /// <param name="dryRun">Checks everything and writes nothing.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="refused">Called for each refused row, in order, after its batch.</param>
    public async Task<UserImportResult> ImportAsync(
        Stream file,
        UserFileFormat format,
        UserImportSettings settings,
        bool dryRun,
        RequestContext by,
        Action<UserImportProgress> progress,
        Action<RefusedRow> refused,
        CancellationToken cancellationToken
    )
    {
        Run run = new(Guid.NewGuid(), dryRun, by, file, refused);
        UserRowReader reader = new(settings);
        List<ImportedUser> batch = new(BatchSize);
        try
        {
            await foreach (var row in UserFile.ReadAsync(file, format, cancellationToken))
            {
                run.Take(row.Line, reader.Read(row, out var reason), reason, batch);
                if (batch.Count < BatchSize)
                    continue;
                await AddAsync(run, batch, cancellationToken);
                progress(run.Progress);
            }
        }
        catch (InvalidDataException unreadable)
        {
            await FinishAsync(run, batch, cancellationToken);
            return new UserImportResult.Unreadable(unreadable.Message, run.Progress);
        }
        await FinishAsync(run, batch, cancellationToken);
        progress(run.Progress);
        return new UserImportResult.Finished(run.Id, run.Progress);
    }

    private async Task AddAsync(Run run, List<ImportedUser> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        var (taken, added) = await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await UserStaging.FillAsync(transaction, batch, cancel);
                var taken = await transaction.QueryAsync(
                    UserStaging.Taken,
                    static row => (Line: row.GetInt64(0), IsSame: row.GetBoolean(1)),
                    cancel
                );
                return (taken, await MergeAsync(transaction, run, batch, taken, cancel));
            },
            cancellationToken
        );
        run.Note(batch, taken.ToDictionary(static row => row.Line, static row => row.IsSame), added);
        batch.Clear();
    }

    private static async Task<IReadOnlyCollection<long>> MergeAsync(
        DatabaseTransaction transaction,
        Run run,
        List<ImportedUser> batch,
        List<(long Line, bool IsSame)> taken,
        CancellationToken cancellationToken
    )
    {
        var lines = taken.Select(static row => row.Line).ToArray();
        if (run.IsDry)
            return [.. batch.Select(static user => user.Line).Except(lines)];
        return await transaction.QueryAsync(
            UserStaging.Merge,
            static row => row.GetInt64(0),
            cancellationToken,
            ("taken", lines),
            ("type", AuditEventTypes.Registration),
            ("user_agent", SqlNull.Text(run.By.UserAgent)),
            ("details", new Json($$"""{"import":"{{run.Id:D}}"}"""))
        );
    }

    private async Task FinishAsync(Run run, List<ImportedUser> batch, CancellationToken cancellationToken)
    {
        await AddAsync(run, batch, cancellationToken);
        if (run.IsDry)
            return;
        await audit.AppendAsync(
            new(
                AuditEventTypes.UsersImported,
                AuditStatus.Success,
                null,
                run.By.IpAddress,
                run.By.UserAgent,
                new Dictionary<string, object?>
                {
                    ["import"] = run.Id.ToString("D"),
                    ["added"] = run.Progress.Added,
                    ["present"] = run.Progress.Present,
                    ["refused"] = run.Progress.Refused,
                }
            ),
            cancellationToken
        );
    }

    /// <summary>One running import.</summary>
    private sealed class Run(Guid id, bool isDry, RequestContext by, Stream file, Action<RefusedRow> refused)
    {
        // At 16 bytes per address, a file of ten million people needs less than 400 MB.
        private readonly HashSet<UInt128> _addresses = [];
        private readonly HashSet<Guid> _ids = [];
        private long _read;
        private long _added;
        private long _present;
        private long _refused;

        public Guid Id => id;

        public bool IsDry => isDry;

        public RequestContext By => by;

        public UserImportProgress Progress => new(_read, _added, _present, _refused, file.CanSeek ? file.Position : 0);

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

        public void Note(List<ImportedUser> batch, Dictionary<long, bool> taken, IReadOnlyCollection<long> added)
        {
            _added += added.Count;
            var made = added.ToHashSet();
            foreach (var line in batch.Select(static user => user.Line).Where(line => !made.Contains(line)))
            {
                if (!taken.TryGetValue(line, out var isSame) || isSame)
                    _present++;
                else
                    Refuse(line, "the id or the email belongs to another account.");
            }
        }

        private void Refuse(long line, string reason)
        {
            _refused++;
            refused(new(line, reason));
        }

        private static UInt128 Digest(string address) =>
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(
                SHA256.HashData(Encoding.UTF8.GetBytes(address))
            );
    }
}
