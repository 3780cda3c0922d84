using System.Collections.Concurrent;
using System.ComponentModel;
using System.Security.Claims;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Samples.Mcp;

/// <summary>The notes of each person, in memory.</summary>
public sealed class NoteBook
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _notes = new(StringComparer.Ordinal);

    /// <summary>The notes of the person that a token speaks for.</summary>
    public ConcurrentQueue<string> Of(string subject) => _notes.GetOrAdd(subject, static _ => new());
}

/// <summary>The two tools, and the scopes that each needs. A tool checks them itself; <see cref="ScopeChallenge"/> only
/// sees to it that the agent is told in time and in the words of the protocol.</summary>
[McpServerToolType]
public sealed class NoteTools(NoteBook notes, IHttpContextAccessor http)
{
    public const string ReadScope = "notes:read";
    public const string WriteScope = "notes:write";

    private const string List = "list_notes";
    private const string Add = "add_note";

    /// <summary>Scopes by the name of the tool.</summary>
    public static IReadOnlyDictionary<string, string[]> Scopes { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            [List] = [ReadScope],
            [Add] = [ReadScope, WriteScope],
        };

    [McpServerTool(Name = List, ReadOnly = true), Description("Lists the notes of the person.")]
    public string ListNotes() => string.Join('\n', notes.Of(SubjectFor(List)));

    [McpServerTool(Name = Add), Description("Adds a note, and lists all of them.")]
    public string AddNote([Description("The text of the note.")] string text)
    {
        notes.Of(SubjectFor(Add)).Enqueue(text);
        return ListNotes();
    }

    /// <summary>The scopes of a token: one claim with spaces between them (RFC 9068 section 2.2.3).</summary>
    public static IEnumerable<string> ScopesOf(ClaimsPrincipal caller) =>
        caller.FindAll("scope").SelectMany(static claim => claim.Value.Split(' '));

    private string SubjectFor(string tool) =>
        http.HttpContext?.User is { } caller
        && !Scopes[tool].Except(ScopesOf(caller)).Any()
        && caller.FindFirst("sub") is { Value: var subject }
            ? subject
            : throw new McpException("The token does not have the scopes of this tool.");
}
