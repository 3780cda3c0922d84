using System.Globalization;
using Identity.Server.Presentation.Languages;

namespace Identity.UnitTests.Pages;

public sealed class BidiTests
{
    [Theory]
    [InlineData("en", "Chrome", "Chrome")]
    [InlineData("de", "Müller GmbH", "Müller GmbH")]
    [InlineData("en", "سلمى", "\u2068سلمى\u2069")]
    [InlineData("fr", "דנה", "\u2068דנה\u2069")]
    [InlineData("ar", "Chrome", "\u2068Chrome\u2069")]
    [InlineData("ar", "سلمى", "\u2068سلمى\u2069")]
    public void A_text_is_isolated_where_it_or_the_page_runs_from_right_to_left(
        string language,
        string text,
        string isolated
    )
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        try
        {
            Assert.Equal(isolated, Bidi.Isolate(text));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }
}
