using System.Collections.Immutable;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>Where the rules of DPoP stand in the engine.</summary>
internal static class DpopHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSoundKeyParameter>()
                .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order + 500)
        );
        // Last of what is checked, and before anything is kept or granted.
        server.AddEventHandler<ValidatePushedAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<BindPushedRequest>().SetOrder(int.MaxValue - 100_000)
        );
        server.AddEventHandler<ValidateTokenRequestContext>(h =>
            h.UseSingletonHandler<RequireTokenProof>().SetOrder(int.MaxValue - 100_000)
        );
        server.AddEventHandler<ExtractUserInfoRequestContext>(h =>
            h.UseSingletonHandler<ReadDpopToken>().SetOrder(int.MaxValue - 100_000)
        );
        server.AddEventHandler<ValidateTokenContext>(h =>
            h.UseSingletonHandler<LeaveKeysToUs>().SetOrder(Protection.ValidateProofOfPossession.Descriptor.Order - 500)
        );
        server.AddEventHandler<HandleUserInfoRequestContext>(h =>
            h.UseSingletonHandler<RequireBoundProof>().SetOrder(-1_000)
        );
        // Between the engine's WWW-Authenticate header (102,000) and our body (102,500).
        server.AddEventHandler<ApplyUserInfoResponseContext>(h =>
            h.UseSingletonHandler<ChallengeDpop>().SetOrder(102_200)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfDpop>().SetOrder(-1_900)
        );
    }
}

/// <summary>Metadata (RFC 9449 section 5.1).</summary>
internal sealed class TellOfDpop : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
            context.Response["dpop_signing_alg_values_supported"] = DpopRules.Algorithms.ToImmutableArray<string?>();
        return ValueTask.CompletedTask;
    }
}
