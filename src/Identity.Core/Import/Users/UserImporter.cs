using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Sessions;

namespace Identity.Core.Import.Users;

/// <summary>
/// Brings people of another system in, in batches of one transaction each. Accounts that are there already stay as they
/// are unless an update is asked for, so that an import which was interrupted is simply started again.
/// </summary>
public sealed class UserImporter(Database database, AuditLog audit, SessionStore sessions)
{
    private readonly UserUpdate _update = new(sessions);

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
        UserImportRun run = new(settings, dryRun, by, file, refused);
        UserRowReader reader = new(settings, await BelongingNames.ReadAsync(database, cancellationToken));
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
        return new UserImportResult.Finished(run.Mark.Id, run.Progress);
    }

    private async Task AddAsync(UserImportRun run, List<ImportedUser> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
            return;
        var outcome = await database.InTransactionAsync(
            (transaction, cancel) => WriteAsync(transaction, run, batch, cancel),
            cancellationToken
        );
        run.Note(batch, outcome);
        batch.Clear();
    }

    private async Task<BatchOutcome> WriteAsync(
        DatabaseTransaction transaction,
        UserImportRun run,
        List<ImportedUser> batch,
        CancellationToken cancellationToken
    )
    {
        await UserStaging.FillAsync(transaction, batch, cancellationToken);
        var taken = await transaction.QueryAsync(
            UserStaging.Taken,
            static row => (Line: row.GetInt64(0), IsSame: row.GetBoolean(1), UserId: row.GetGuid(2)),
            cancellationToken
        );
        long[] lines = [.. taken.Select(static row => row.Line)];
        var people = run.IsDry ? [] : await MergeAsync(transaction, run, lines, cancellationToken);
        HashSet<long> added = [.. run.IsDry ? batch.Select(static user => user.Line).Except(lines) : people.Keys];
        HashSet<long> strangers = [.. taken.Where(static row => !row.IsSame).Select(static row => row.Line)];
        var present = taken.Where(static row => row.IsSame).ToDictionary(static row => row.Line, row => row.UserId);
        if (run.Update == UserImportUpdate.None)
            present.Clear();
        var administrators = await TakeAdministratorsAsync(transaction, present, cancellationToken);
        HashSet<Guid> changed =
        [
            .. present.Count > 0 ? await _update.ApplyAsync(transaction, present, run, cancellationToken) : [],
        ];
        foreach (var (line, id) in present)
            people[line] = id;
        changed.UnionWith(await BelongingStaging.ApplyAsync(transaction, batch, people, run, cancellationToken));
        return new(
            added,
            present.Where(one => changed.Contains(one.Value)).Select(static one => one.Key).ToHashSet(),
            strangers,
            administrators
        );
    }

    // Takes them out of the accounts that are changed.
    private static async Task<IReadOnlySet<long>> TakeAdministratorsAsync(
        DatabaseTransaction transaction,
        Dictionary<long, Guid> present,
        CancellationToken cancellationToken
    )
    {
        if (present.Count == 0)
            return new HashSet<long>();
        var holders = await UserUpdate.AdministratorsAsync(transaction, present.Values, cancellationToken);
        var lines = present.Where(one => holders.Contains(one.Value)).Select(static one => one.Key).ToHashSet();
        foreach (var line in lines)
            present.Remove(line);
        return lines;
    }

    private static async Task<Dictionary<long, Guid>> MergeAsync(
        DatabaseTransaction transaction,
        UserImportRun run,
        long[] taken,
        CancellationToken cancellationToken
    ) =>
        (
            await transaction.QueryAsync(
                UserStaging.Merge,
                static row => (Line: row.GetInt64(0), Id: row.GetGuid(1)),
                cancellationToken,
                ("taken", taken),
                ("type", AuditEventTypes.Registration),
                ("user_agent", SqlNull.Text(run.Mark.By.UserAgent)),
                ("details", run.Mark.Details)
            )
        ).ToDictionary(static row => row.Line, static row => row.Id);

    private async Task FinishAsync(UserImportRun run, List<ImportedUser> batch, CancellationToken cancellationToken)
    {
        await AddAsync(run, batch, cancellationToken);
        if (run.IsDry)
            return;
        await audit.AppendAsync(
            new(
                AuditEventTypes.UsersImported,
                AuditStatus.Success,
                null,
                run.Mark.By.IpAddress,
                run.Mark.By.UserAgent,
                new Dictionary<string, object?>
                {
                    ["import"] = run.Mark.Id.ToString("D"),
                    ["added"] = run.Progress.Added,
                    ["present"] = run.Progress.Present,
                    ["updated"] = run.Progress.Updated,
                    ["refused"] = run.Progress.Refused,
                }
            ),
            cancellationToken
        );
    }
}
