using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>Pushed authorization requests (RFC 9126) inside the engine. Its own would need its store of tokens, and
/// would judge a pushed request by a second set of rules.</summary>
internal static class ParHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        // The rules of the authorize endpoint stand in their place, all of them: JudgeAsAuthorization.
        server.Configure(static options =>
            options.Handlers.RemoveAll(static handler =>
                handler.ContextType == typeof(ValidatePushedAuthorizationRequestContext)
                && handler.Type == OpenIddictServerHandlerType.BuiltIn
            )
        );
        server.AddEventHandler<ValidatePushedAuthorizationRequestContext>(h =>
            h.UseScopedHandler<JudgeAsAuthorization>().SetOrder(0)
        );
        server.AddEventHandler<HandlePushedAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<KeepPushedRequest>().SetOrder(0)
        );
        server.AddEventHandler<ProcessSignInContext>(h =>
            h.AddFilter<OpenIddictServerHandlerFilters.RequirePushedAuthorizationRequest>()
                .UseSingletonHandler<NoRequestToken>()
                .SetOrder(EvaluateGeneratedTokens.Descriptor.Order + 500)
        );
        server.AddEventHandler<ProcessSignInContext>(h =>
            h.AddFilter<OpenIddictServerHandlerFilters.RequirePushedAuthorizationRequest>()
                .UseSingletonHandler<TellLifetime>()
                .SetOrder(AttachSignInParameters.Descriptor.Order + 500)
        );

        var extracted = OpenIddictServerAspNetCoreHandlers
            .ExtractGetOrPostRequest<ExtractAuthorizationRequestContext>
            .Descriptor
            .Order;
        server.AddEventHandler<ExtractAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<TakeUpPushedRequest>().SetOrder(extracted + 500)
        );
        server.RemoveEventHandler(
            OpenIddictServerHandlers.Authentication.ValidatePushedAuthorizationRequestsRequirement.Descriptor
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequirePushedRequest>()
                .SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order + 50)
        );
        // When it is settled where the answer goes (SendErrorsToClient), and before anything of it is written.
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<FinishRunningRequest>()
                .SetOrder(OpenIddictServerHandlers.Authentication.AttachRedirectUri.Descriptor.Order + 700)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfPushedRequests>().SetOrder(-1_900)
        );
    }
}
