using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.RichAuthorization;

/// <summary>Metadata (RFC 9396 section 10): the types that are configured; nothing where there are none.</summary>
internal sealed class TellOfDetails(IOptions<AuthorizationDetailsOptions> options)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null && options.Value.Types.Count > 0)
            context.Response["authorization_details_types_supported"] = options
                .Value.Types.Keys.Order(StringComparer.Ordinal)
                .ToImmutableArray<string?>();
        return ValueTask.CompletedTask;
    }
}
