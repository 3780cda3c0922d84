using OpenIddict.Abstractions;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>The parameters of an authorization response as pairs, for the response modes.</summary>
internal static class ResponseParameters
{
    /// <summary>The parameters with a value, in the engine's order.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Of(OpenIddictResponse response) =>
        response
            .GetParameters()
            .Select(parameter => KeyValuePair.Create(parameter.Key, (string?)parameter.Value))
            .Where(parameter => !string.IsNullOrEmpty(parameter.Value));
}
