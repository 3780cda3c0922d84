namespace Identity.Server.Hosting;

/// <summary>A failure that a person has to fix. Shown as plain lines on the error stream, never as a stack trace; the
/// program ends with the exit code.</summary>
internal sealed class CommandFailedException(IReadOnlyList<string> faults, int exitCode)
    : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>Exit code: it did not work.</summary>
    public const int Failed = 1;

    /// <summary>Exit code: the command line or a file named in it is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Exit code: the database or the issuer does not answer.</summary>
    public const int Unreachable = 3;

    public CommandFailedException(string fault, int exitCode = Failed)
        : this([fault], exitCode) { }

    /// <summary>Each fault, with its setting if it has one.</summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>The exit code of the program.</summary>
    public int ExitCode => exitCode;
}
