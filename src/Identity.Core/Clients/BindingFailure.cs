using System.Text.RegularExpressions;

namespace Identity.Core.Clients;

/// <summary>Translates the errors of .NET's configuration binder, which name its own options and types of this
/// program.</summary>
internal static partial class BindingFailure
{
    /// <summary>The faults, each with its key.</summary>
    /// <param name="path">The section being read.</param>
    public static IEnumerable<string> WordsOf(string path, InvalidOperationException failure)
    {
        if (Unconverted().Match(failure.Message) is { Success: true } wrong)
            return [$"{wrong.Groups["key"].Value}: '{wrong.Groups["value"].Value}' is not a value of this setting."];
        var unknown = Unknown().Match(failure.Message);
        return unknown.Success
            ? Names()
                .Matches(unknown.Groups["names"].Value)
                .Select(name => $"{path}:{name.Groups[1].Value}: is no setting.")
            : [$"{path}: cannot be read."];
    }

    [GeneratedRegex("configuration value '(?<value>.*)' at '(?<key>.*)' to type")]
    private static partial Regex Unconverted();

    [GeneratedRegex("not found on the instance of [^:]*: (?<names>.*)")]
    private static partial Regex Unknown();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Names();
}
