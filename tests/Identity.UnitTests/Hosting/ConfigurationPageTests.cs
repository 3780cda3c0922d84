using System.Reflection;
using Identity.Core.Keys;
using Identity.Server.Hosting;

namespace Identity.UnitTests.Hosting;

/// <summary>The page of settings is complete: every property of every options class is on it, under the name that one
/// writes down.</summary>
public sealed class ConfigurationPageTests
{
    private static readonly string Page = File.ReadAllText(Find("docs/configuration.md"));

    public static TheoryData<string> Settings()
    {
        TheoryData<string> names = [];
        foreach (
            var type in new[] { typeof(KeysOptions).Assembly, typeof(HostingOptions).Assembly }.SelectMany(
                static assembly => assembly.GetTypes()
            )
        )
        {
            if (
                !type.Name.EndsWith("Options", StringComparison.Ordinal)
                || type.GetField("Section", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                    ?.GetRawConstantValue()
                    is not string section
            )
                continue;
            foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(IsSetting))
                names.Add($"{section}:{property.Name}");
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_is_on_the_page(string name) =>
        Assert.Contains($"`{name}`", Page, StringComparison.Ordinal);

    [Fact]
    public void There_are_settings_to_look_for() => Assert.True(Settings().Count > 40);

    private static bool IsSetting(PropertyInfo property) =>
        property.CanWrite
        || property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(IList<>);

    private static string Find(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Identity.sln")))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, relative);
    }
}
