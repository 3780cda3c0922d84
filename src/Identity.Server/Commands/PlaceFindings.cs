using Identity.Core.Places;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Identity.Server.Commands;

/// <summary>The doctor's findings about the files of <see cref="PlaceOptions"/>.</summary>
internal static class PlaceFindings
{
    private const string Check = "places";

    /// <summary>Opens each configured file. Unreadable settings have their own finding.</summary>
    public static void OfFiles(IConfiguration configuration, Action<string, string> fault, Action<string, string> ok)
    {
        PlaceOptions settings;
        try
        {
            settings = configuration.GetSection(PlaceOptions.Section).Get<PlaceOptions>() ?? new();
        }
        catch (InvalidOperationException)
        {
            return;
        }
        foreach (
            var (setting, file) in new PlaceFinder(Options.Create(settings), NullLogger<PlaceFinder>.Instance).Files
        )
        {
            if (file.Description is { } description)
                ok(Check, $"{setting} is {Answer.Printable(description)}");
            else
                fault(Check, $"{setting} is not in use: {file.Fault}. Put a whole file there by a rename.");
        }
    }
}
