namespace Identity.Server.Admin.Console.Operations;

/// <summary>The settings, to be read: value and source. They are changed where they are written.</summary>
internal sealed class SettingsModel(IConfiguration configuration) : ConsolePage
{
    public IReadOnlyList<ShownSetting> Settings { get; private set; } = [];

    [Permission("settings.read")]
    public void OnGet() => Settings = SettingsReader.Read(configuration);
}
