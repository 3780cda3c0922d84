using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize;
using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Endpoints.Introspection;
using Identity.Server.Protocol.Endpoints.Revocation;
using Identity.Server.Protocol.Endpoints.Token;
using Identity.Server.Protocol.Endpoints.UserInfo;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Fapi;
using Identity.Server.Protocol.Extensions.Jar;
using Identity.Server.Protocol.Extensions.Jarm;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Extensions.Subjects;
using Identity.Server.Protocol.Grants;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Server.Protocol.Logout.EndSession;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.IdTokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Identity.Server.Protocol;

/// <summary>
/// Every rule of ours inside the engine, in the order in which a request meets them. Orders are relative to the
/// engine's own steps of version 7.8.0, which is
/// pinned: the tests of races and budgets tell when a new version moves them.
/// </summary>
internal static class EngineHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        // Every request: the issuer's address in place of the Host header; every refusal: the log.
        server.AddEventHandler<ProcessRequestContext>(h =>
            h.UseSingletonHandler<UseIssuerAddress>().SetOrder(InferEndpointType.Descriptor.Order - 1_000)
        );
        server.AddEventHandler<ProcessErrorContext>(h =>
            h.UseSingletonHandler<LogDenial>().SetOrder(AttachErrorParameters.Descriptor.Order - 1_000)
        );

        IgnoreAudienceIn<ValidateAuthorizationRequestContext>(server);
        IgnoreAudienceIn<ValidatePushedAuthorizationRequestContext>(server);
        IgnoreAudienceIn<ValidateTokenRequestContext>(server);
        IgnoreAudienceIn<ValidateDeviceAuthorizationRequestContext>(server);
        AddClientAuthentication(server);
        ClientAuthenticationHandlers.Add(server);
        AddAuthorize(server);
        ParHandlers.Add(server);
        JarHandlers.Add(server);
        JarmHandlers.Add(server);
        AddToken(server);
        FapiHandlers.Add(server);
        AddUserInfo(server);
        AddIntrospectionAndRevocation(server);
        AddEndSession(server);
        AddDiscovery(server);
        DpopHandlers.Add(server);
        ExtensionGrantHandlers.Add(server);
        ClaimsHandlers.Add(server);
        SubjectHandlers.Add(server);
        LogoutHandlers.Add(server);
        SessionManagementHandlers.Add(server);
    }

    private static void IgnoreAudienceIn<TContext>(OpenIddictServerBuilder server)
        where TContext : BaseValidatingContext =>
        server.AddEventHandler<TContext>(h =>
            h.UseSingletonHandler<IgnoreAudience<TContext>>().SetOrder(int.MinValue + 1_000)
        );

    private static void AddClientAuthentication(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ProcessAuthenticationContext>(h =>
            h.UseSingletonHandler<PresentOwnTokens>().SetOrder(EvaluateValidatedTokens.Descriptor.Order + 500)
        );
        server.AddEventHandler<ValidateTokenContext>(h =>
            h.UseSingletonHandler<ResolveReference>()
                .SetOrder(Protection.ValidateIdentityModelToken.Descriptor.Order - 500)
        );
        server.AddEventHandler<ProcessAuthenticationContext>(h =>
            h.UseSingletonHandler<RequireRegisteredMethod>().SetOrder(ValidateClientType.Descriptor.Order - 500)
        );
    }

    private static void AddAuthorize(OpenIddictServerBuilder server)
    {
        var last = OpenIddictServerHandlers.Authentication.ValidateAuthorizedParty.Descriptor.Order;
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireVerifiedHint>().SetOrder(last + 50)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireRegisteredResponseMode>().SetOrder(last + 100)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireRegisteredScopes>().SetOrder(last + 200)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSoundChallenge>().SetOrder(last + 300)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSoundMaxAge>().SetOrder(last + 400)
        );
        // The engine calls a malformed resource invalid_request; the word for it is invalid_target (RFC 8707 section
        // 2).
        server.RemoveEventHandler(OpenIddictServerHandlers.Authentication.ValidateResourceParameter.Descriptor);
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireAllowedResources>().SetOrder(last + 600)
        );
        server.AddEventHandler<ValidateAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<RequireSoundDetails>().SetOrder(last + 700)
        );

        server.AddEventHandler<HandleAuthorizationRequestContext>(h =>
            h.UseSingletonHandler<AuthorizeEndpoint>().SetOrder(0)
        );
        server.AddEventHandler<ProcessSignInContext>(h =>
            h.AddFilter<OpenIddictServerHandlerFilters.RequireAuthorizationRequest>()
                .UseSingletonHandler<AnswerWithCode>()
                .SetOrder(EvaluateGeneratedTokens.Descriptor.Order + 500)
        );

        var redirect = OpenIddictServerHandlers.Authentication.AttachRedirectUri.Descriptor.Order;
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<SendErrorsToClient>().SetOrder(redirect + 500)
        );
        // After the engine's status code and cache headers (100,000), before its own ways of answering (250,000).
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<AnswerByFormPost>().SetOrder(200_000)
        );
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<AnswerByQuery>().SetOrder(201_000)
        );
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<AnswerByFragment>().SetOrder(201_500)
        );
        server.AddEventHandler<ApplyAuthorizationResponseContext>(h =>
            h.UseSingletonHandler<ShowErrorHere<ApplyAuthorizationResponseContext>>().SetOrder(202_000)
        );
    }

    private static void AddToken(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateTokenRequestContext>(h =>
            h.UseSingletonHandler<RequireCredentials>()
                .SetOrder(Exchange.ValidateClientCredentialsParameters.Descriptor.Order - 500)
        );
        // What these check of a code or a refresh token, our statement checks as it claims it: redirect_uri, PKCE,
        // scope.
        server.RemoveEventHandler(Exchange.ValidateRedirectUri.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateCodeVerifier.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateGrantedScopes.Descriptor);
        server.RemoveEventHandler(Exchange.ValidateResourceParameter.Descriptor);
        server.AddEventHandler<HandleTokenRequestContext>(h => h.UseSingletonHandler<NarrowGrant>().SetOrder(-500));
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<AuthorizationCodeGrant>().SetOrder(0)
        );
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<RefreshTokenGrant>().SetOrder(1_000)
        );
        server.AddEventHandler<HandleTokenRequestContext>(h =>
            h.UseSingletonHandler<ClientCredentialsGrant>().SetOrder(2_000)
        );
        server.AddEventHandler<ProcessSignInContext>(h =>
            h.AddFilter<OpenIddictServerHandlerFilters.RequireTokenRequest>()
                .UseSingletonHandler<AnswerWithTokens>()
                .SetOrder(EvaluateGeneratedTokens.Descriptor.Order + 500)
        );
    }

    private static void AddUserInfo(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ExtractUserInfoRequestContext>(h =>
            h.UseSingletonHandler<RefuseTokenInQuery>().SetOrder(int.MinValue + 1_000)
        );
        server.RemoveEventHandler(OpenIddictServerHandlers.UserInfo.AttachAudiences.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.UserInfo.AttachClaims.Descriptor);
        server.AddEventHandler<HandleUserInfoRequestContext>(h =>
            h.UseSingletonHandler<UserInfoEndpoint>().SetOrder(0)
        );
        // After the engine's WWW-Authenticate header (102,000), before its answer without a body (103,000).
        server.AddEventHandler<ApplyUserInfoResponseContext>(h =>
            h.UseSingletonHandler<AnswerErrorsInJson>().SetOrder(102_500)
        );
        server.AddEventHandler<ApplyUserInfoResponseContext>(h =>
            h.UseSingletonHandler<AnswerInUserInfoJwt>().SetOrder(102_600)
        );
    }

    private static void AddIntrospectionAndRevocation(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ExtractIntrospectionRequestContext>(h =>
            h.UseSingletonHandler<RequirePost>().SetOrder(int.MinValue + 1_000)
        );
        // Whose token it is, our endpoints judge: by the client's resources, where the engine would compare its id with
        // the audience.
        server.RemoveEventHandler(OpenIddictServerHandlers.Introspection.ValidateAuthorizedParty.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Introspection.AttachMetadataClaims.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Introspection.AttachApplicationClaims.Descriptor);
        server.AddEventHandler<HandleIntrospectionRequestContext>(h =>
            h.UseSingletonHandler<IntrospectionEndpoint>().SetOrder(0)
        );
        server.AddEventHandler<ApplyIntrospectionResponseContext>(h =>
            h.UseSingletonHandler<ForeignTypesAreInactive>().SetOrder(0)
        );
        // After the engine's status code and cache headers (100,000), before its JSON.
        server.AddEventHandler<ApplyIntrospectionResponseContext>(h =>
            h.UseSingletonHandler<AnswerInSignedJwt>().SetOrder(200_000)
        );

        server.RemoveEventHandler(OpenIddictServerHandlers.Revocation.ValidateAuthorizedParty.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor);
        server.AddEventHandler<HandleRevocationRequestContext>(h =>
            h.UseSingletonHandler<RevocationEndpoint>().SetOrder(0)
        );
    }

    private static void AddEndSession(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<HandleEndSessionRequestContext>(h =>
            h.UseSingletonHandler<EndSessionEndpoint>().SetOrder(0)
        );
        server.AddEventHandler<ApplyEndSessionResponseContext>(h =>
            h.UseSingletonHandler<ShowErrorHere<ApplyEndSessionResponseContext>>().SetOrder(200_000)
        );
    }

    private static void AddDiscovery(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellTheTruth>().SetOrder(-2_000)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<AllowCaching<ApplyConfigurationResponseContext>>().SetOrder(-1_000)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfDetails>().SetOrder(-1_850)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfSignedIntrospection>().SetOrder(-1_840)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfSignedUserInfo>().SetOrder(-1_830)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<TellOfEncryption>().SetOrder(-1_820)
        );
        server.AddEventHandler<ApplyJsonWebKeySetResponseContext>(h =>
            h.UseSingletonHandler<AllowCaching<ApplyJsonWebKeySetResponseContext>>().SetOrder(-1_000)
        );
    }
}
