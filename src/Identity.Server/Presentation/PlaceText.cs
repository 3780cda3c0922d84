using System.Net;
using Identity.Core.Places;
using Identity.Server.Presentation.Languages;

namespace Identity.Server.Presentation;

/// <summary>The place of an address in the language of the page; null if it is unknown.</summary>
internal sealed class PlaceText(PlaceFinder places)
{
    /// <summary>City and country, for the person.</summary>
    public string? Of(IPAddress? address) => places.Find(address)?.Describe(Language.Current.Code);

    /// <summary>City, country and network operator, for administrators.</summary>
    public string? WithNetwork(IPAddress? address)
    {
        if (places.Find(address) is not { } place)
            return null;
        string[] parts = [.. new[] { place.Describe(Language.Current.Code), place.NetworkName }.OfType<string>()];
        return parts.Length == 0 ? null : string.Join(" · ", parts);
    }
}
