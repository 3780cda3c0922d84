using System.Collections.Frozen;
using System.Globalization;

namespace Identity.Server.Hosting;

/// <summary>A setting that is wrong.</summary>
/// <param name="Path">Its key, such as <c>Identity:Sessions:IdleTimeout</c>.</param>
/// <param name="Problem">The fault, to be appended to the key.</param>
internal sealed record SettingFault(string Path, string Problem)
{
    public override string ToString() => $"{Path}: {Problem}";
}

/// <summary> Checks every key below <c>Identity</c> before anything reads one: unknown names, values of the wrong type,
/// values in place of lists. It reports all faults together instead of the binder's first exception.
/// </summary>
internal static class SettingsCheck
{
    private const int MaxShownCharacters = 40;

    /// <summary>All faults, in the order of the keys.</summary>
    public static IReadOnlyList<SettingFault> Find(IConfiguration configuration)
    {
        List<SettingFault> faults = [];
        Walk(configuration.GetSection(SettingsCatalog.Root), SettingsCatalog.Shape, faults);
        return faults;
    }

    /// <summary>The other settings, so that their own rules can be checked too.</summary>
    public static IConfiguration Without(IConfiguration configuration, IReadOnlyList<SettingFault> faults) =>
        new ConfigurationBuilder().AddInMemoryCollection(Sound(configuration, faults)).Build();

    /// <inheritdoc cref="Without" />
    public static void Remove(ConfigurationManager configuration, IReadOnlyList<SettingFault> faults)
    {
        if (faults.Count == 0)
            return;
        List<KeyValuePair<string, string?>> sound = [.. Sound(configuration, faults)];
        ((IConfigurationBuilder)configuration).Sources.Clear();
        configuration.AddInMemoryCollection(sound);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Sound(
        IConfiguration configuration,
        IReadOnlyList<SettingFault> faults
    ) =>
        configuration
            .AsEnumerable()
            .Where(setting =>
                setting.Value is not null
                && !faults.Any(fault =>
                    setting.Key.Equals(fault.Path, StringComparison.OrdinalIgnoreCase)
                    || setting.Key.StartsWith(fault.Path + ":", StringComparison.OrdinalIgnoreCase)
                )
            );

    private static void Walk(IConfigurationSection section, SettingShape shape, List<SettingFault> faults)
    {
        switch (shape)
        {
            case SettingShape.Value value:
                WalkValue(section, value.Type, faults);
                break;
            case SettingShape.Section known:
                WalkSection(section, known.Settings, faults);
                break;
            case SettingShape.Map map when !IsScalar(section, "has named settings below it", faults):
                foreach (var child in section.GetChildren())
                    Walk(child, map.Element, faults);
                break;
            case SettingShape.List list when !IsScalar(section, $"is a list: write {section.Path}:0", faults):
                WalkList(section, list.Element, faults);
                break;
        }
    }

    private static void WalkSection(
        IConfigurationSection section,
        FrozenDictionary<string, SettingShape> known,
        List<SettingFault> faults
    )
    {
        if (IsScalar(section, "has settings below it and no value of its own", faults))
            return;
        foreach (var child in section.GetChildren())
        {
            if (known.TryGetValue(child.Key, out var shape))
                Walk(child, shape, faults);
            else
                faults.Add(new(child.Path, $"is not a setting.{Suggestion(child.Key, known.Keys)}"));
        }
    }

    private static void WalkList(IConfigurationSection section, SettingShape element, List<SettingFault> faults)
    {
        foreach (var child in section.GetChildren())
        {
            if (int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                Walk(child, element, faults);
            else
                faults.Add(new(child.Path, $"is not a number: elements of a list are {section.Path}:0, :1 and so on."));
        }
    }

    private static void WalkValue(IConfigurationSection section, Type type, List<SettingFault> faults)
    {
        if (section.GetChildren().FirstOrDefault() is { } child)
            faults.Add(new(child.Path, $"is not a setting: {section.Path} is one value."));
        else if (section.Value is { } text && SettingValue.Problem(type, text) is { } problem)
            faults.Add(new(section.Path, $"'{Shown(text)}' {problem}"));
    }

    // An empty value means an empty list or section in every configuration source.
    private static bool IsScalar(IConfigurationSection section, string problem, List<SettingFault> faults)
    {
        if (string.IsNullOrEmpty(section.Value))
            return false;
        faults.Add(new(section.Path, $"{problem}."));
        return true;
    }

    private static string Shown(string text) =>
        text.Length <= MaxShownCharacters ? text : text[..MaxShownCharacters] + "...";

    private static string Suggestion(string name, IEnumerable<string> known) =>
        known
            .Select(candidate => (Name: candidate, Distance: EditDistance(name, candidate)))
            .Where(candidate => candidate.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(static candidate => candidate.Distance)
            .Select(static candidate => $" Did you mean {candidate.Name}?")
            .FirstOrDefault(" docs/configuration.md lists every one.");

    // Levenshtein distance: the number of letters to insert, remove or change.
    private static int EditDistance(string from, string to)
    {
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var current = new int[to.Length + 1];
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var same = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]);
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
            }
            previous = current;
        }
        return previous[to.Length];
    }
}
