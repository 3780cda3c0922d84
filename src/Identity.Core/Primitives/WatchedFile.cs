namespace Identity.Core.Primitives;

/// <summary>The result of <see cref="IWatchedFile.Check"/>.</summary>
public enum FileChange
{
    /// <summary>The file has not changed.</summary>
    None,

    /// <summary>A new file was loaded.</summary>
    Loaded,

    /// <summary>The file cannot be used; the previous one stays in use.</summary>
    Refused,
}

/// <summary>A file that is checked for changes.</summary>
public interface IWatchedFile
{
    /// <summary>Why the present file is not in use, without its path; null if it is in use.</summary>
    string? Fault { get; }

    /// <summary>A short description of the loaded file for operators; null if none is loaded.</summary>
    string? Description { get; }

    /// <summary>Loads the file if it has changed since the last check.</summary>
    FileChange Check();
}

/// <summary>
/// A file that operators replace while the program runs. The loaded content stays in use until a new file was read
/// completely, so that a broken or partly written file has no effect.
/// </summary>
/// <param name="path">The file; symbolic links are resolved at each check.</param>
/// <param name="read">Reads the file. An <see cref="InvalidDataException"/> explains invalid content.</param>
public sealed class WatchedFile<T>(string path, Func<string, T> read) : IWatchedFile
    where T : class
{
    private readonly Lock _looking = new();
    private volatile T? _current;
    private volatile string? _fault;
    private (DateTime Written, long Length)? _seen;

    /// <summary>The loaded content; null if no file could be read yet.</summary>
    public T? Current => _current;

    /// <inheritdoc />
    public string? Fault => _fault;

    /// <inheritdoc />
    public string? Description => _current?.ToString();

    /// <inheritdoc />
    public FileChange Check()
    {
        lock (_looking)
        {
            try
            {
                var target = new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
                if (!target.Exists)
                    return Refuse("there is no such file", seen: null);
                var stamp = (target.LastWriteTimeUtc, target.Length);
                return stamp == _seen ? FileChange.None : Read(target, stamp);
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                return Refuse("there is no such file", seen: null);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return Refuse("it cannot be opened", seen: null);
            }
        }
    }

    private FileChange Read(FileInfo target, (DateTime Written, long Length) stamp)
    {
        T content;
        try
        {
            content = read(target.FullName);
        }
        catch (InvalidDataException broken)
        {
            return Refuse(broken.Message, stamp);
        }
        target.Refresh();
        // The file is still being written: the next check reads it completely.
        if (!target.Exists || (target.LastWriteTimeUtc, target.Length) != stamp)
            return Refuse("it is being written", seen: null);
        (_current, _fault, _seen) = (content, null, stamp);
        return FileChange.Loaded;
    }

    private FileChange Refuse(string fault, (DateTime, long)? seen)
    {
        var isNews = _fault != fault || (seen is not null && seen != _seen);
        (_fault, _seen) = (fault, seen);
        return isNews ? FileChange.Refused : FileChange.None;
    }
}
