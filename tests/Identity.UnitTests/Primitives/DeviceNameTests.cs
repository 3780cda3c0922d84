using Identity.Core.Primitives;

namespace Identity.UnitTests.Primitives;

public sealed class DeviceNameTests
{
    [Theory]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            + "Safari/537.36",
        "Chrome",
        "Windows",
        false
    )]
    [InlineData(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            + "Safari/537.36 Edg/140.0.0.0",
        "Edge",
        "Windows",
        false
    )]
    [InlineData(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
            + "Safari/605.1.15",
        "Safari",
        "macOS",
        false
    )]
    [InlineData(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 "
            + "Mobile/15E148 Safari/604.1",
        "Chrome",
        "iOS",
        true
    )]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux", false)]
    [InlineData(
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
            + "Chrome/130.0.0.0 Mobile Safari/537.36",
        "Samsung Internet",
        "Android",
        true
    )]
    [InlineData(
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            + "Safari/537.36",
        "Chrome",
        "ChromeOS",
        false
    )]
    [InlineData("my-own-thing/1.0", null, null, false)]
    [InlineData("<script>alert(1)</script>", null, null, false)]
    [InlineData("", null, null, false)]
    [InlineData(null, null, null, false)]
    public void A_browser_and_a_system_are_named_when_they_are_known_and_not_otherwise(
        string? userAgent,
        string? browser,
        string? system,
        bool mobile
    ) => Assert.Equal(new DeviceName(browser, system, mobile), DeviceName.Of(userAgent));
}
