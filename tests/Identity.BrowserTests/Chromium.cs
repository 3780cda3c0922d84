using Microsoft.Playwright;

// One journey at a time: each has a browser, a provider and two programs to itself, and a person waits for their pages
// one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Identity.BrowserTests;

/// <summary>One Chromium a test process: the machine's own, driven by Playwright.</summary>
internal static class Chromium
{
    private static readonly Lazy<Task<IBrowser>> Shared = new(StartAsync);

    public static Task<IBrowser> GetAsync() => Shared.Value;

    private static async Task<IBrowser> StartAsync()
    {
        var path =
            Environment.GetEnvironmentVariable("IDENTITY_CHROMIUM")
            ?? new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(
                File.Exists
            )
            ?? throw new InvalidOperationException(
                "Browser tests need Chromium: apt-get install chromium, or name the program in IDENTITY_CHROMIUM."
            );
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = path,
                // Nothing of the browser's own goes out: only the pages under test are on the network.
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }
}
