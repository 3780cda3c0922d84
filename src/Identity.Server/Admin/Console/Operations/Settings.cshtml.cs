using Identity.Server.Admin.Findings;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>What the provider finds about itself, and the settings, read-only: value and source. They are changed where
/// they are defined.</summary>
internal sealed class SettingsModel(IConfiguration configuration, FindingsReader findings) : ConsolePage
{
    public IReadOnlyList<ShownSetting> Settings { get; private set; } = [];

    /// <summary>Faults first, then warnings.</summary>
    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    [Permission("settings.read")]
    public async Task OnGetAsync()
    {
        Settings = SettingsReader.Read(configuration);
        Findings =
        [
            .. (await findings.ReadAsync(Aborted)).OrderBy(static one =>
                one.State switch
                {
                    Finding.Fault => 0,
                    Finding.Warning => 1,
                    _ => 2,
                }
            ),
        ];
    }
}
