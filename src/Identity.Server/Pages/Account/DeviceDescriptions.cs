using Identity.Core.Primitives;
using Identity.Server.Pages.Languages;
using Identity.Server.Pages.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>What a person would call a browser on a device.</summary>
internal static class DeviceDescriptions
{
    public static string Of(DeviceName name, IStringLocalizer<AccountTexts> texts) =>
        name is { Browser: { } browser, System: { } system }
            ? texts["Sessions.BrowserOnSystem", Bidi.Isolate(browser), Bidi.Isolate(system)]
            : name.Browser ?? name.System ?? texts["Sessions.UnknownBrowser"];
}
