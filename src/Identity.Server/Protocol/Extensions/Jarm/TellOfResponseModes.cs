using System.Collections.Immutable;
using Identity.Core.Clients;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Jarm;

/// <summary>The metadata of JARM section 4. Modes that need asking for (<c>fragment</c>) are named when a client
/// did.</summary>
internal sealed class TellOfResponseModes(ClientRegistry registry)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        context.Response["response_modes_supported"] = ImmutableArray.CreateRange<string?>(
            ClientResponseMode.All.Where(IsOn)
        );
        context.Response["authorization_signing_alg_values_supported"] = ImmutableArray.CreateRange<string?>(
            context
                .Options.SigningCredentials.Select(static credentials => credentials.Algorithm)
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        return ValueTask.CompletedTask;
    }

    private bool IsOn(string mode) =>
        !ClientResponseMode.OnRequestOnly.Contains(mode)
        || registry.Clients.Any(client => client.ResponseModes.Contains(mode));
}
