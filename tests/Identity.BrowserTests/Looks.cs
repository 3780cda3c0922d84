using System.Text.Json;
using Identity.Testing;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>What is asked of every page, whatever it says.</summary>
internal static class Looks
{
    private static readonly Lazy<Task<string>> Axe = new(async () =>
    {
        await NodePackages.InstalledAsync();
        return await File.ReadAllTextAsync(Path.Combine(NodePackages.Folder, "node_modules/axe-core/axe.min.js"));
    });

    /// <summary>What axe finds against WCAG 2.2 AA and its own good practice, one finding a line. Empty is the
    /// goal.</summary>
    public static async Task<IReadOnlyList<string>> FindingsAsync(IPage page)
    {
        // Evaluated by the debugger, so the page's own content policy stays as it is.
        await page.EvaluateAsync(await Axe.Value);
        var violations = await page.EvaluateAsync<JsonElement>(
            """
            async () => (await axe.run(document,
                { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations
                .flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)}
                    (${n.failureSummary.replace(/\s+/g, ' ').slice(0, 240)})`))
            """
        );
        return [.. violations.EnumerateArray().Select(violation => violation.GetString()!)];
    }

    /// <summary>By how many pixels the page is wider than the window: what a person on a phone would have to push
    /// sideways for.</summary>
    public static Task<int> OverflowAsync(IPage page) =>
        page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
