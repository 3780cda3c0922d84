using Identity.Server.Admin.Findings;
using Microsoft.AspNetCore.Mvc.Razor;

namespace Identity.Server.Admin.Console;

// Console owns what administrators see under /admin. Its rules are those of the rooms: a page reads a form, calls one
// action of a room, and shows the outcome. It decides only who may enter.
//
// Adding a page: a .cshtml with `@page "/admin/kebab-case"` and a model that derives from ConsolePage. Each handler
// names its permission, [Permission("users.read")]; a test holds that. A page of the menu gets a row in
// ConsoleNavigation. Texts go into texts/ in all languages. A POST ends in AnswerAsync.

internal static class ConsoleServices
{
    /// <summary>Adds the console. Needs Presentation and Administration.</summary>
    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.Configure<RazorViewEngineOptions>(static options =>
            options.PageViewLocationFormats.Add("/Admin/Console/Shell/{0}.cshtml")
        );
        return services.AddSingleton<ConsoleGate>().AddSingleton<FindingsReader>();
    }
}
