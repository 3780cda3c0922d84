using System.CommandLine;

namespace Identity.Server.Commands;

/// <summary>What every command is given: where to read and write, and the options that all of them know.</summary>
internal sealed class CommandContext(TextReader input, TextWriter output, TextWriter error)
{
    public TextReader Input => input;

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>An extra file of settings.</summary>
    public Option<string?> ConfigFile { get; } = new("--config") { Description = "An extra file of settings, read after appsettings.json.", HelpName = "FILE", Recursive = true };

    /// <summary>The command with all its parents, as one types it.</summary>
    public static string NameOf(Command command)
    {
        List<string> names = [];
        for (Command? one = command; one is not null; one = one.Parents.OfType<Command>().FirstOrDefault())
            names.Insert(0, one is RootCommand ? "identity" : one.Name);
        return string.Join(' ', names);
    }
}
