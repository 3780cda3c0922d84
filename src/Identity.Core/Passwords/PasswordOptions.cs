using Microsoft.Extensions.Options;

namespace Identity.Core.Passwords;

/// <summary>Settings of passwords.</summary>
public sealed class PasswordOptions
{
    public const string Section = "Identity:Passwords";
    internal const int LowestCost = 12;
    internal const int HighestCost = 16;

    /// <summary>bcrypt cost, 12 to 16 (PW-3); each step doubles the time. Raising it rehashes at the next
    /// sign-in.</summary>
    public int HashCost { get; set; } = LowestCost;

    /// <summary>Words that a password must not be built from, such as the name of the product (PW-6).</summary>
    public IList<string> ContextWords { get; } = [];

    /// <summary>A folder of breached passwords in range files, one per SHA-1 prefix of five hex digits (PW-6); none by
    /// default.</summary>
    public string? BreachedRangesFolder { get; set; }
}

internal sealed class PasswordOptionsValidator : IValidateOptions<PasswordOptions>
{
    public ValidateOptionsResult Validate(string? name, PasswordOptions options)
    {
        List<string> failures = [];
        if (options.HashCost is < PasswordOptions.LowestCost or > PasswordOptions.HighestCost)
            failures.Add(
                $"{PasswordOptions.Section}:HashCost: must be {PasswordOptions.LowestCost} to "
                    + $"{PasswordOptions.HighestCost}."
            );
        if (!string.IsNullOrEmpty(options.BreachedRangesFolder) && !Directory.Exists(options.BreachedRangesFolder))
            failures.Add($"{PasswordOptions.Section}:BreachedRangesFolder: there is no such folder.");
        if (!PlainTextPassword.NormalizationWorks())
            failures.Add(
                "System.Globalization.Invariant: must be off and ICU present, for passwords are normalised (NFKC)."
            );
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
