using System.Net;
using Identity.Core.Places;
using Identity.Server.Presentation.Languages;

namespace Identity.Server.Presentation;

/// <summary>Where an address is, in the language of the page. Null where nothing is known.</summary>
internal sealed class PlaceText(PlaceFinder places)
{
    /// <summary>City and country, for the person.</summary>
    public string? Of(IPAddress? address) => places.Find(address)?.Describe(Language.Current.Code);

    /// <summary>City, country and who runs the network, for an operator.</summary>
    public string? WithNetwork(IPAddress? address)
    {
        if (places.Find(address) is not { } place)
            return null;
        string[] parts = [.. new[] { place.Describe(Language.Current.Code), place.NetworkName }.OfType<string>()];
        return parts.Length == 0 ? null : string.Join(" · ", parts);
    }
}
