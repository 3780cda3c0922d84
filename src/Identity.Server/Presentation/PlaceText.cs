using System.Net;
using Identity.Core.Languages;
using Identity.Core.Places;

namespace Identity.Server.Presentation;

/// <summary>The place of an address in the language of the page; null if it is unknown.</summary>
internal sealed class PlaceText(PlaceFinder places, LanguageList languages)
{
    /// <summary>City and country, for the person.</summary>
    public string? Of(IPAddress? address) => places.Find(address)?.Describe(languages.Current);

    /// <summary>City, country and network operator, for administrators.</summary>
    public string? WithNetwork(IPAddress? address)
    {
        if (places.Find(address) is not { } place)
            return null;
        string[] parts = [.. new[] { place.Describe(languages.Current), place.NetworkName }.OfType<string>()];
        return parts.Length == 0 ? null : string.Join(" · ", parts);
    }
}
