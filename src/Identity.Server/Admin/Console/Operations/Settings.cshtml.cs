namespace Identity.Server.Admin.Console.Operations;

/// <summary>The settings, read-only: value and source. They are changed at their source.</summary>
internal sealed class SettingsModel(IConfiguration configuration) : ConsolePage
{
    public IReadOnlyList<ShownSetting> Settings { get; private set; } = [];

    [Permission("settings.read")]
    public void OnGet() => Settings = SettingsReader.Read(configuration);
}
