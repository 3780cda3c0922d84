using System.Collections.Concurrent;
using System.ComponentModel;
using ModelContextProtocol.Server;

namespace Samples.Mcp;

/// <summary>The notes of each person, in memory.</summary>
public sealed class NoteBook
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _notes = new(StringComparer.Ordinal);

    /// <summary>The notes of the person that a token speaks for.</summary>
    public ConcurrentQueue<string> Of(string subject) => _notes.GetOrAdd(subject, static _ => new());
}

/// <summary>The two tools, and the scopes that each needs.</summary>
[McpServerToolType]
public sealed class NoteTools(NoteBook notes, IHttpContextAccessor http)
{
    public const string ReadScope = "notes:read";
    public const string WriteScope = "notes:write";

    /// <summary>Scopes by the name of the tool. A tool that is not listed needs those of reading.</summary>
    public static IReadOnlyDictionary<string, string[]> Scopes { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal) { ["add_note"] = [ReadScope, WriteScope] };

    [McpServerTool(Name = "list_notes", ReadOnly = true), Description("Lists the notes of the person.")]
    public string ListNotes() => string.Join('\n', notes.Of(Subject));

    [McpServerTool(Name = "add_note"), Description("Adds a note, and lists all of them.")]
    public string AddNote([Description("The text of the note.")] string text)
    {
        notes.Of(Subject).Enqueue(text);
        return ListNotes();
    }

    private string Subject =>
        http.HttpContext?.User.FindFirst("sub")?.Value ?? throw new InvalidOperationException("No token.");
}
