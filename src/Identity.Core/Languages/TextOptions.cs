using Microsoft.Extensions.Options;

namespace Identity.Core.Languages;

/// <summary>Section <c>Identity:Texts</c>: languages and wording.</summary>
public sealed class TextOptions
{
    public const string Section = "Identity:Texts";

    /// <summary>A folder of your own with further languages, or with other wording for single texts. Default:
    /// none.</summary>
    public string? Folder { get; set; }

    /// <summary>The languages to offer, by tag; the first is for requests that name none of them. Default: every
    /// language there is, and English first.</summary>
    public List<string> Languages { get; } = [];
}

internal sealed class TextOptionsValidator : IValidateOptions<TextOptions>
{
    public ValidateOptionsResult Validate(string? name, TextOptions options)
    {
        string[] failures =
        [
            .. TextCatalog
                .Load(options)
                .Faults.Where(static fault => fault.IsFatal)
                .Select(static fault =>
                    fault.Place.StartsWith(TextOptions.Section, StringComparison.Ordinal)
                        ? fault.ToString()
                        : $"{TextOptions.Section}:Folder: {fault}"
                ),
        ];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
