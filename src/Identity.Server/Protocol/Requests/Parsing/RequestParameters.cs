using System.Collections.Immutable;
using Identity.Server.Protocol.Requests.Authorization;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;

namespace Identity.Server.Protocol.Requests.Parsing;

/// <summary>The parameters of a request as pairs, a repeated one as several, and back: how requests are kept that do
/// not stand in a URL.</summary>
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

    /// <summary>The request as the rules read it that know no engine.</summary>
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
