using System.Globalization;
using Identity.Server.Presentation.Texts;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Presentation.Languages;

/// <summary>Formats times in the language and time zone of the person.</summary>
internal sealed class DateTimeFormatter(TimeProvider time, PersonTimeZone person, IStringLocalizer<SharedTexts> texts)
{
    /// <summary>The units are abbreviated, so that no plural forms are needed.</summary>
    public string Ago(DateTimeOffset moment)
    {
        var age = time.GetUtcNow() - moment;
        if (age < TimeSpan.FromMinutes(2))
            return texts["Time.JustNow"];
        if (age < TimeSpan.FromHours(1))
            return texts["Time.MinutesAgo", (int)age.TotalMinutes];
        return age < TimeSpan.FromDays(1) ? texts["Time.HoursAgo", (int)age.TotalHours] : Day(moment);
    }

    /// <summary>The day, such as 15 November 2026.</summary>
    public string Day(DateTimeOffset moment) => Local(moment).ToString(texts["DateFormat"], CultureInfo.CurrentCulture);

    /// <summary>Date and time to the minute.</summary>
    public string Exactly(DateTimeOffset moment) =>
        texts["Time.At", Day(moment), Local(moment).ToString("HH:mm", CultureInfo.InvariantCulture)];

    /// <summary>For the attribute of a <c>time</c> element.</summary>
    public static string Machine(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private DateTimeOffset Local(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, person.Zone);
}
