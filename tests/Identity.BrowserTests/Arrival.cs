using System.Diagnostics;
using Microsoft.Playwright;

namespace Identity.BrowserTests;

/// <summary>Waits until a page has come to an address and is loaded.</summary>
internal static class Arrival
{
    /// <summary>Arrives at one address.</summary>
    public static async Task ArriveAsync(this IPage page, string url)
    {
        await page.WaitForURLAsync(url, new() { WaitUntil = WaitUntilState.Commit });
        await LoadedAsync(page);
    }

    /// <summary>Arrives at an address that answers a description.</summary>
    public static async Task ArriveAsync(this IPage page, Func<string, bool> isUrl)
    {
        await page.WaitForURLAsync(isUrl, new() { WaitUntil = WaitUntilState.Commit });
        await LoadedAsync(page);
    }

    // The document is asked, because the event can be missed: on a busy machine Playwright sometimes waited for a load
    // that was over already.
    private static async Task LoadedAsync(IPage page)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await IsLoadedAsync(page))
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(45))
                throw new TimeoutException($"{page.Url} was not loaded within 45 seconds.");
            await Task.Delay(20);
        }
    }

    private static async Task<bool> IsLoadedAsync(IPage page)
    {
        try
        {
            return await page.EvaluateAsync<string>("document.readyState") == "complete";
        }
        catch (PlaywrightException)
        {
            // The page was left meanwhile; the next one is asked.
            return false;
        }
    }
}
