using System.Reflection;
using Identity.Server.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Identity.UnitTests.Hosting;

/// <summary>Every setting that there is, with a wrong name, a wrong type and a wrong value.</summary>
public sealed class SettingsCheckTests
{
    /// <summary>Key and type of every single value, an element of each list and map included.</summary>
    public static TheoryData<string, string> Values()
    {
        TheoryData<string, string> values = [];
        foreach (var (key, type) in Leaves(SettingsCatalog.Root, SettingsCatalog.Shape))
            values.Add(key, type.Name);
        return values;
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_wrong_name_is_a_fault_that_names_the_key_and_the_setting_that_was_meant(string key, string type)
    {
        _ = type;
        var wrong = key + "x";
        // A name of the operator's own choice, or the number of an element, is no name of ours.
        if (key.EndsWith(":0", StringComparison.Ordinal) || key.EndsWith(":any", StringComparison.Ordinal))
            return;

        var fault = Assert.Single(Find((wrong, "1")));

        Assert.Equal(wrong, fault.Path);
        Assert.Contains($"Did you mean {key[(key.LastIndexOf(':') + 1)..]}?", fault.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_of_a_wrong_type_is_a_fault_in_words_of_people(string key, string type)
    {
        if (type is nameof(String) or nameof(Uri))
            return;

        var fault = Assert.Single(Find((key, "nope")));

        Assert.Equal(key, fault.Path);
        Assert.StartsWith("'nope' ", fault.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", fault.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("Identity.", fault.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_negative_number_or_duration_is_a_fault(string key, string type)
    {
        var value = type switch
        {
            nameof(TimeSpan) => "-00:30:00",
            nameof(Int32) or nameof(Int64) or nameof(Double) => "-1",
            _ => null,
        };
        if (value is null)
            return;

        Assert.Contains("must not be negative", Assert.Single(Find((key, value))).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Identity:Sessions:IdleTimeout", "30m", "'30m' is not a duration")]
    [InlineData("Identity:Sessions:IdleTimeout", "30", "'30' is not a duration")]
    [InlineData("Identity:Mail:Port", "abc", "'abc' is not a whole number.")]
    [InlineData("Identity:Mail:Port", "99999999999", "is not a whole number.")]
    [InlineData("Identity:Registration:IsOpen", "no", "'no' is neither true nor false.")]
    [InlineData("Identity:Sessions:IdelTimeout", "00:30:00", "is not a setting. Did you mean IdleTimeout?")]
    [InlineData("Identity:Sesions:IdleTimeout", "00:30:00", "is not a setting. Did you mean Sessions?")]
    [InlineData("Identity:Whatever", "1", "docs/configuration.md")]
    [InlineData("Identity:Hosts", "a.example,b.example", "is a list: write Identity:Hosts:0.")]
    [InlineData("Identity:Hosts:first", "a.example", "elements of a list are Identity:Hosts:0")]
    [InlineData("Identity:Sessions", "1", "has settings below it")]
    [InlineData("Identity:Sessions:IdleTimeout:Value", "00:30:00", "is one value")]
    [InlineData("Identity:Clients:shop:RedirectUri", "https://a.example", "Did you mean RedirectUris?")]
    public void What_people_write_by_mistake_is_told_with_what_is_right(string key, string value, string problem) =>
        Assert.Contains(problem, Assert.Single(Find((key, value))).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("identity:sessions:idletimeout", "00:30:00")]
    [InlineData("Identity:Sessions:IdleTimeout", "7.00:00:00")]
    [InlineData("Identity:Registration:IsOpen", "True")]
    [InlineData("Identity:Hosts", "")]
    [InlineData("Identity:Clients:any name:RedirectUris:0", "https://a.example")]
    [InlineData("Elsewhere:Sessions:IdelTimeout", "1")]
    public void What_is_right_is_no_fault(string key, string value) => Assert.Empty(Find((key, value)));

    [Fact]
    public void All_faults_come_at_once_and_the_sound_settings_stay()
    {
        var configuration = Configuration(
            ("Identity:Sessions:IdleTimeout", "30m"),
            ("Identity:Mail:Port", "abc"),
            ("Identity:Issuer", "https://id.example"),
            ("Elsewhere", "kept")
        );

        var faults = SettingsCheck.Find(configuration);
        var sound = SettingsCheck.Without(configuration, faults);

        Assert.Equal(
            ["Identity:Mail:Port", "Identity:Sessions:IdleTimeout"],
            faults.Select(fault => fault.Path).Order()
        );
        Assert.Null(sound["Identity:Mail:Port"]);
        Assert.Equal(("https://id.example", "kept"), (sound["Identity:Issuer"], sound["Elsewhere"]));
    }

    [Fact]
    public void Start_checks_name_wrong_types_and_wrong_values_together()
    {
        var faults = StartChecks.OfConfiguration(
            Configuration(
                ("Identity:Sessions:IdleTimeout", "30m"),
                ("Identity:Issuer", "ftp://id.example"),
                ("Identity:Logging:Level", "loud")
            ),
            new Environment(),
            embedded: true,
            new Identity.Server.Protocol.OpenIddictEngine()
        );

        foreach (var key in new[] { "Identity:Sessions:IdleTimeout", "Identity:Issuer", "Identity:Logging:Level" })
            Assert.Contains(faults, fault => fault.StartsWith(key + ": ", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_options_class_of_the_program_is_in_the_catalog()
    {
        var sections = new[] { typeof(SettingsCatalog).Assembly, typeof(Core.Sessions.SessionOptions).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Select(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue())
            .OfType<string>()
            .Where(section => !section.EndsWith(":NAME", StringComparison.Ordinal));

        Assert.Equal(
            sections.Order(StringComparer.Ordinal),
            SettingsCatalog.Classes.Keys.Order(StringComparer.Ordinal)
        );
    }

    private static IReadOnlyList<SettingFault> Find(params (string Key, string? Value)[] settings) =>
        SettingsCheck.Find(Configuration(settings));

    private static IConfiguration Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Build();

    private static IEnumerable<(string Key, Type Type)> Leaves(string path, SettingShape shape) =>
        shape switch
        {
            SettingShape.Value value => [(path, value.Type)],
            SettingShape.Section section => section.Settings.SelectMany(setting =>
                Leaves($"{path}:{setting.Key}", setting.Value)
            ),
            SettingShape.List list => Leaves(path + ":0", list.Element),
            SettingShape.Map map => Leaves(path + ":any", map.Element),
            _ => throw new InvalidOperationException(shape.ToString()),
        };

    private sealed class Environment : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Development;
        public string ApplicationName { get; set; } = "identity";
        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;
        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
