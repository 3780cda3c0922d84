using System.Text.RegularExpressions;

namespace Identity.ArchitectureTests;

/// <summary>A document, and what it names.</summary>
internal sealed partial class Document
{
    private readonly string _prose;

    public Document(SourceFile file)
    {
        Path = file.Path;
        Folder = System.IO.Path.GetDirectoryName(file.Path)!.Replace('\\', '/');
        Blocks =
        [
            .. Fence().Matches(file.Text).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value)),
        ];
        _prose = Fence().Replace(file.Text, "");
    }

    public string Path { get; }

    public string Folder { get; }

    /// <summary>Fenced blocks: language and text.</summary>
    public IReadOnlyList<(string Language, string Text)> Blocks { get; }

    /// <summary>Targets of links and pictures, except those on the web.</summary>
    public IEnumerable<string> Links =>
        Link()
            .Matches(CodeSpan().Replace(_prose, ""))
            .Select(match => match.Groups["target"].Value)
            .Where(target =>
                !target.Contains("://", StringComparison.Ordinal)
                && !target.StartsWith("mailto:", StringComparison.Ordinal)
            );

    /// <summary>What stands between backquotes in the text.</summary>
    public IEnumerable<string> CodeSpans => CodeSpan().Matches(_prose).Select(match => match.Groups["text"].Value);

    /// <summary>What a reader might type: lines of shell blocks, and code in the text that begins like a
    /// command.</summary>
    public IEnumerable<string> Commands =>
        Blocks
            .Where(block => block.Language is "" or "sh" or "bash" or "shell" or "console")
            .SelectMany(block => block.Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            .Concat(CodeSpans)
            .Select(line => Prompt().Replace(line.Trim(), ""))
            .Where(line => CommandStart().IsMatch(line));

    /// <summary>The anchors that its headings make.</summary>
    public IEnumerable<string> Anchors =>
        Heading()
            .Matches(_prose)
            .Select(match =>
                NotInAnchor().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')
            );

    [GeneratedRegex(
        "^```(?<language>\\w*)[^\\n]*\\n(?<text>.*?)^```\\s*$",
        RegexOptions.Singleline | RegexOptions.Multiline
    )]
    private static partial Regex Fence();

    [GeneratedRegex("\\]\\((?<target>[^)\\s]+)(?:\\s+\"[^\"]*\")?\\)|(?:src|href|srcset)=\"(?<target>[^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("(?<!`)`(?<text>[^`\\n]+)`(?!`)")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^\\p{L}\\p{N} _-]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^(\\$ |[A-Z_][A-Za-z0-9_]*=\\S+ )+")]
    private static partial Regex Prompt();

    [GeneratedRegex("^(\\./|dotnet |identity |psql )")]
    private static partial Regex CommandStart();
}
