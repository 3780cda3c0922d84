using System.Collections.Immutable;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jar;

/// <summary>The metadata of RFC 9101 section 10.5 and OIDC Discovery 3. A <c>request_uri</c> that would have to be
/// fetched stays unsupported.</summary>
internal sealed class TellOfRequestObjects : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        context.Response["request_parameter_supported"] = true;
        context.Response["request_object_signing_alg_values_supported"] = ImmutableArray.CreateRange<string?>(
            PublicJwk.Algorithms
        );
        return ValueTask.CompletedTask;
    }
}
