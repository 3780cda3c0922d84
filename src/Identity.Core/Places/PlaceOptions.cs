using Microsoft.Extensions.Options;

namespace Identity.Core.Places;

/// <summary>Section <c>Identity:Places</c>: files that map internet addresses to places, and networks to distrust. The
/// provider asks no external service.</summary>
public sealed class PlaceOptions
{
    public const string Section = "Identity:Places";

    /// <summary>A MaxMind DB file (<c>.mmdb</c>) of cities or countries. Default: none.</summary>
    public string? CityFile { get; set; }

    /// <summary>A MaxMind DB file (<c>.mmdb</c>) of networks (autonomous systems). Default: none.</summary>
    public string? NetworkFile { get; set; }

    /// <summary>A text file of networks to distrust, such as exits of anonymising services: one address or network
    /// per line; <c>#</c> starts a comment. None.</summary>
    public string? ListedNetworksFile { get; set; }

    /// <summary>The interval between checks for a newer file, 1 second to a day. A minute.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMinutes(1);
}

internal sealed class PlaceOptionsValidator : IValidateOptions<PlaceOptions>
{
    public ValidateOptionsResult Validate(string? name, PlaceOptions options) =>
        options.CheckInterval < TimeSpan.FromSeconds(1) || options.CheckInterval > TimeSpan.FromDays(1)
            ? ValidateOptionsResult.Fail($"{PlaceOptions.Section}:CheckInterval: must be between 1 second and a day.")
            : ValidateOptionsResult.Success;
}
