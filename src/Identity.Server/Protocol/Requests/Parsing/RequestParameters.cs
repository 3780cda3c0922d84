using System.Collections.Immutable;
using Identity.Server.Protocol.Requests.Authorization;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>Converts the parameters of a request to pairs, a repeated one to several, and back: the storage form of
/// requests that are not in a URL.</summary>
internal static class RequestParameters
{
    public static OpenIddictRequest ToRequest(IEnumerable<KeyValuePair<string, string>> parameters) =>
        new(
            parameters
                .GroupBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static group =>
                    KeyValuePair.Create(group.Key, new StringValues([.. group.Select(static pair => pair.Value)]))
                )
        );

    /// <summary>The request for the rules that do not depend on the engine.</summary>
    public static AuthorizationParameters ToAuthorization(this OpenIddictRequest request) => new(Of(request));

    public static IEnumerable<KeyValuePair<string, string>> Of(OpenIddictRequest request) =>
        request
            .GetParameters()
            .SelectMany(static parameter =>
                ((ImmutableArray<string?>?)parameter.Value ?? [])
                    .OfType<string>()
                    .Select(value => KeyValuePair.Create(parameter.Key, value))
            );
}
