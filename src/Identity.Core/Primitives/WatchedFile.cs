namespace Identity.Core.Primitives;

/// <summary>What a look at a <see cref="WatchedFile{T}"/> found.</summary>
public enum FileChange
{
    /// <summary>The file is the one that was looked at before.</summary>
    None,

    /// <summary>The file is new and is in use from now on.</summary>
    Loaded,

    /// <summary>The file cannot be used; the one before stays in use.</summary>
    Refused,
}

/// <summary>A file that is looked at again and again, whatever it holds.</summary>
public interface IWatchedFile
{
    /// <summary>Why the file that lies there now is not in use, without its path; null when it is in use.</summary>
    string? Fault { get; }

    /// <summary>What is in use, in a few words for an operator; null while nothing is.</summary>
    string? Description { get; }

    /// <summary>Reads the file where it has changed since the last look.</summary>
    FileChange Check();
}

/// <summary>
/// A file that an operator exchanges while the program runs. What was read last stays in use until another file could
/// be read whole, so a broken or half-written file takes nothing away.
/// </summary>
/// <param name="path">The file; a symbolic link is followed each time.</param>
/// <param name="read">Reads it. <see cref="InvalidDataException"/> says what is wrong with its content.</param>
public sealed class WatchedFile<T>(string path, Func<string, T> read) : IWatchedFile
    where T : class
{
    private readonly Lock _looking = new();
    private volatile T? _current;
    private volatile string? _fault;
    private (DateTime Written, long Length)? _seen;

    /// <summary>What was read last; null while no file could be read.</summary>
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
        // Somebody is still writing it: the next look reads all of it.
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
