using System.Globalization;
using Identity.Server.Pages.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Languages;

/// <summary>Times in words. Which hour it is where the person sits, the server cannot know: so it says how long ago, or
/// the time in UTC.</summary>
internal sealed class DateTimeFormatter(
    TimeProvider time,
    IStringLocalizer<AccountTexts> texts,
    IStringLocalizer<SharedTexts> shared
)
{
    /// <summary>The units are abbreviated, so that no language needs its plural forms here.</summary>
    public string Ago(DateTimeOffset moment)
    {
        var age = time.GetUtcNow() - moment;
        if (age < TimeSpan.FromMinutes(2))
            return texts["Sessions.JustNow"];
        if (age < TimeSpan.FromHours(1))
            return texts["Sessions.MinutesAgo", (int)age.TotalMinutes];
        return age < TimeSpan.FromDays(1) ? texts["Sessions.HoursAgo", (int)age.TotalHours] : Day(moment);
    }

    public string Day(DateTimeOffset moment) => moment.ToString(shared["DateFormat"], CultureInfo.CurrentCulture);

    /// <summary>Day and minute, in UTC.</summary>
    public string Exactly(DateTimeOffset moment) =>
        texts[
            "Activity.At",
            Day(moment.ToUniversalTime()),
            moment.ToUniversalTime().ToString("HH:mm", CultureInfo.InvariantCulture)
        ];

    /// <summary>For the attribute of a <c>time</c> element.</summary>
    public static string Machine(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
