using Identity.Core.Primitives;
using Identity.Server.Presentation.Languages;
using Identity.Server.Presentation.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation;

/// <summary>The name of a browser and its device for people, in the language of the page. Its parts are isolated, so it
/// is not put into <c>bdi</c>: that takes its direction from the first letter, which is of a product's name.</summary>
internal static class DeviceDescriptions
{
    public static string Of(DeviceName name, IStringLocalizer<SharedTexts> texts) =>
        name is { Browser: { } browser, System: { } system }
            ? texts["Device.BrowserOnSystem", Bidi.Isolate(browser), Bidi.Isolate(system)]
            : name.Browser ?? name.System ?? texts["Device.Unknown"];
}
