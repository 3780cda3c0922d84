using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Clients.Assertions;
using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize;
using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Endpoints.Introspection;
using Identity.Server.Protocol.Endpoints.Revocation;
using Identity.Server.Protocol.Endpoints.Token;
using Identity.Server.Protocol.Endpoints.UserInfo;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Engine.Pipeline;
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
using Identity.Server.Protocol.Grants.Ciba;
using Identity.Server.Protocol.Grants.Device;
using Identity.Server.Protocol.Grants.TokenExchange;
using Identity.Server.Protocol.Logout.EndSession;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers;
using AtAuthorize = OpenIddict.Server.OpenIddictServerHandlers.Authentication;
using AtDevice = OpenIddict.Server.OpenIddictServerHandlers.Device;
using AtEndSession = OpenIddict.Server.OpenIddictServerHandlers.Session;
using AtIntrospection = OpenIddict.Server.OpenIddictServerHandlers.Introspection;
using AtRevocation = OpenIddict.Server.OpenIddictServerHandlers.Revocation;
using AtToken = OpenIddict.Server.OpenIddictServerHandlers.Exchange;
using AtUserInfo = OpenIddict.Server.OpenIddictServerHandlers.UserInfo;
using Http = OpenIddict.Server.AspNetCore.OpenIddictServerAspNetCoreHandlers;

namespace Identity.Server.Protocol;

/// <summary> Every own step in the order in which a request meets it, endpoint by endpoint: the request is read
/// (Extract), its client authenticates, it is checked (Validate), granted (Handle) and answered (Apply). <c>Engine</c>
/// names a step of OpenIddict as a landmark; <c>Without</c> removes one. A golden file of the tests has the resulting
/// order with all steps of the engine.
/// </summary>
internal static class ProtocolPipeline
{
    public static void Add(OpenIddictServerBuilder server) =>
        new PipelineBuilder(server)
            // ---- every request ----
            .At<ProcessRequestContext>(at => at.Run<UseIssuerAddress>().Engine(InferEndpointType.Descriptor))
            // The engine requires a typ and an aud of assertions that many clients do not send, and ignores the jti. It
            // builds a chain for every certificate and so refuses those that only bind tokens.
            .At<ProcessAuthenticationContext>(at =>
                at.Engine(EvaluateValidatedTokens.Descriptor)
                    .Run<SkipEngineTokenValidation>()
                    .Engine(ValidateRequiredTokens.Descriptor)
                    .Without(ValidateClientAssertion.Descriptor)
                    .Without(ValidateClientAssertionWellknownClaims.Descriptor)
                    .Without(ValidateClientAssertionIssuer.Descriptor)
                    .Run<AuthenticateByAssertion>()
                    .Engine(ValidateClientId.Descriptor)
                    .Run<RequireRegisteredMethod>()
                    .Run<LimitWrongSecrets>()
                    .Engine(ValidateClientSecret.Descriptor)
                    .Run<AuthenticateByCertificate>()
                    .Without(ValidateClientCertificate.Descriptor)
            )
            // The engine's check of bound tokens supports only certificates and throws on a key:
            // RequireBoundCertificate and RequireBoundProof replace it.
            .At<ValidateTokenContext>(at =>
                at.Run<RefuseMalformedTokens>()
                    .Run<ResolveReference>()
                    .Engine(Protection.ValidateIdentityModelToken.Descriptor)
                    .Engine(Protection.ValidatePrincipal.Descriptor)
                    .Run<ResolvePairwiseSubject>()
                    .Without(Protection.ValidateProofOfPossession.Descriptor)
            )
            .At<ProcessErrorContext>(at => at.Run<LogDenial>().Engine(AttachErrorParameters.Descriptor))
            // ---- /connect/authorize ----
            .At<ExtractAuthorizationRequestContext>(at =>
                at.Engine(Http.ExtractGetOrPostRequest<ExtractAuthorizationRequestContext>.Descriptor)
                    .Run<ResolveClientDocument<ExtractAuthorizationRequestContext>>()
                    .Run<ResolvePushedRequest>()
                    .Run<ReadSignedRequest>()
            )
            // The engine calls a malformed resource invalid_request, where RFC 8707 section 2 says invalid_target.
            .At<ValidateAuthorizationRequestContext>(at =>
                at.Run<RequireCodeResponseType>()
                    .Run<IgnoreAudience<ValidateAuthorizationRequestContext>>()
                    .Engine(AtAuthorize.ValidateRequestParameter.Descriptor)
                    .Without(AtAuthorize.ValidateResourceParameter.Descriptor)
                    .Without(AtAuthorize.ValidatePushedAuthorizationRequestsRequirement.Descriptor)
                    .Engine(AtAuthorize.ValidateAuthorizedParty.Descriptor)
                    .Run<RequirePushedRequest>()
                    .Run<RequireSignedRequest>()
                    .Run<RequireVerifiedHint>()
                    .Run<RequireRedirectUri>()
                    .Run<RequireRegisteredResponseMode>()
                    .Run<RequireRegisteredScopes>()
                    .Run<ValidateCodeChallenge>()
                    .Run<ValidateMaxAge>()
                    .Run<ValidateClaimsParameter>()
                    .Run<ValidateDpopKeyParameter>()
                    .Run<RequireAllowedResources>()
                    .Run<ValidateAuthorizationDetails>()
            )
            .At<HandleAuthorizationRequestContext>(at =>
                at.Engine(AtAuthorize.AttachPrincipal.Descriptor).Run<AuthorizeEndpoint>()
            )
            .At<ProcessSignInContext>(at =>
                at.Engine(EvaluateGeneratedTokens.Descriptor).RunWhen<RequireAuthorizationRequest, AnswerWithCode>()
            )
            // First the target of the answer, then its content, then its response mode.
            .At<ApplyAuthorizationResponseContext>(at =>
                at.Engine(AtAuthorize.AttachRedirectUri.Descriptor)
                    .Run<SendErrorsToClient>()
                    .Run<AnswerWithSessionState>()
                    .Run<CompleteStoredRequest>()
                    .Engine(Http.AttachCacheControlHeader<ApplyAuthorizationResponseContext>.Descriptor)
                    .Run<SignAuthorizationResponse>()
                    .Run<AnswerByFormPost>()
                    .Run<AnswerByQuery>()
                    .Run<AnswerByFragment>()
                    .Run<ShowLocalError<ApplyAuthorizationResponseContext>>()
            )
            // ---- /connect/par ---- The engine would keep the request in its token store and check it by a second set
            // of rules.
            .At<ExtractPushedAuthorizationRequestContext>(at =>
                at.ReadClientCredentials().Run<ReadPushedSignedRequest>()
            )
            .At<ValidatePushedAuthorizationRequestContext>(at =>
                at.WithoutEngine()
                    .Run<IgnoreAudience<ValidatePushedAuthorizationRequestContext>>()
                    .RunScoped<ValidateAsAuthorizationRequest>()
                    .Run<BindPushedRequest>()
            )
            .At<HandlePushedAuthorizationRequestContext>(at =>
                at.Engine(AtAuthorize.AttachPushedPrincipal.Descriptor).Run<StorePushedRequest>()
            )
            .At<ProcessSignInContext>(at =>
                at.Engine(EvaluateGeneratedTokens.Descriptor)
                    .RunWhen<RequirePushedAuthorizationRequest, DisableRequestToken>()
                    .Engine(AttachSignInParameters.Descriptor)
                    .RunWhen<RequirePushedAuthorizationRequest, AttachRequestLifetime>()
            )
            // ---- /connect/token ----
            .At<ExtractTokenRequestContext>(at => at.ReadClientCredentials())
            // The statement that claims a code or a refresh token checks client, redirect_uri, PKCE and scope.
            .At<ValidateTokenRequestContext>(at =>
                at.Run<IgnoreAudience<ValidateTokenRequestContext>>()
                    .Engine(AtToken.ValidateGrantType.Descriptor)
                    .Engine(AtToken.ValidateAuthorizationCodeParameter.Descriptor)
                    .Run<RequireCredentials>()
                    .Without(AtToken.ValidateResourceParameter.Descriptor)
                    .Without(AtToken.ValidateAuthorizedParty.Descriptor)
                    .Without(AtToken.ValidateRedirectUri.Descriptor)
                    .Without(AtToken.ValidateCodeVerifier.Descriptor)
                    .Without(AtToken.ValidateGrantedScopes.Descriptor)
                    .Engine(AtToken.ValidateProofKeyForCodeExchangeRequirement.Descriptor)
                    .Run<BindToCertificate>()
                    .Run<RequireTokenProof>()
            )
            .At<HandleTokenRequestContext>(at =>
                at.Engine(AtToken.AttachPrincipal.Descriptor)
                    .Run<RequireBoundTokens>()
                    .Run<RequireTokenKeys>()
                    .Run<NarrowGrant>()
                    .Run<AuthorizationCodeGrant>()
                    .Run<RefreshTokenGrant>()
                    .Run<ClientCredentialsGrant>()
                    .Run<DeviceCodeGrant>()
                    .Run<CibaGrant>()
                    .Run<TokenExchangeGrant>()
            )
            .At<ProcessSignInContext>(at =>
                at.Engine(EvaluateGeneratedTokens.Descriptor).RunWhen<RequireTokenRequest, AnswerWithTokens>()
            )
            .At<ApplyTokenResponseContext>(at =>
                at.Engine(AtToken.NormalizeErrorResponse.Descriptor).Run<NormalizeTokenExchangeError>()
            )
            // ---- /connect/device and /connect/bc-authorize ---- One kind of endpoint for the engine: the own steps
            // distinguish them by path and check the grant type.
            .At<ExtractDeviceAuthorizationRequestContext>(at => at.ReadClientCredentials())
            .At<ValidateDeviceAuthorizationRequestContext>(at =>
                at.Run<IgnoreAudience<ValidateDeviceAuthorizationRequestContext>>()
                    .Engine(AtDevice.ValidateScopeParameter.Descriptor)
                    .Without(AtDevice.ValidateGrantTypePermissions.Descriptor)
            )
            .At<HandleDeviceAuthorizationRequestContext>(at =>
                at.WithoutEngine().Run<DeviceAuthorizationEndpoint>().Run<BackchannelAuthenticationEndpoint>()
            )
            // ---- /connect/userinfo ----
            .At<ExtractUserInfoRequestContext>(at =>
                at.Run<RefuseTokenInQuery>()
                    .Engine(Http.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor)
                    .Engine(Http.ExtractAccessToken<ExtractUserInfoRequestContext>.Descriptor)
                    .Run<ReadClientCertificate<ExtractUserInfoRequestContext>>()
                    .Run<ReadDpopToken>()
            )
            .At<HandleUserInfoRequestContext>(at =>
                at.Engine(AtUserInfo.AttachPrincipal.Descriptor)
                    .Without(AtUserInfo.AttachAudiences.Descriptor)
                    .Without(AtUserInfo.AttachClaims.Descriptor)
                    .Run<RequireBoundCertificate>()
                    .Run<RequireBoundProof>()
                    .Run<UserInfoEndpoint>()
            )
            .At<ApplyUserInfoResponseContext>(at =>
                at.Engine(Http.AttachWwwAuthenticateHeader<ApplyUserInfoResponseContext>.Descriptor)
                    .Run<ChallengeDpop>()
                    .Run<AnswerErrorsInJson>()
                    .Run<SignUserInfoResponse>()
            )
            // ---- /connect/introspect ---- The endpoint checks the token's audience against the client's resources;
            // the engine would compare ids with audiences.
            .At<ExtractIntrospectionRequestContext>(at =>
                at.Engine(Http.ExtractGetOrPostRequest<ExtractIntrospectionRequestContext>.Descriptor)
                    .ReadClientCredentials()
            )
            .At<ValidateIntrospectionRequestContext>(at =>
                at.Without(AtIntrospection.ValidateAuthorizedParty.Descriptor)
            )
            .At<HandleIntrospectionRequestContext>(at =>
                at.Engine(AtIntrospection.AttachPrincipal.Descriptor)
                    .Without(AtIntrospection.AttachMetadataClaims.Descriptor)
                    .Without(AtIntrospection.AttachApplicationClaims.Descriptor)
                    .Run<IntrospectionEndpoint>()
            )
            .At<ApplyIntrospectionResponseContext>(at =>
                at.Engine(AtIntrospection.NormalizeErrorResponse.Descriptor)
                    .Run<AnswerInactiveForOtherTokenTypes>()
                    .Engine(Http.AttachWwwAuthenticateHeader<ApplyIntrospectionResponseContext>.Descriptor)
                    .Run<SignIntrospectionResponse>()
            )
            // ---- /connect/revoke ----
            .At<ExtractRevocationRequestContext>(at => at.ReadClientCredentials())
            .At<ValidateRevocationRequestContext>(at => at.Without(AtRevocation.ValidateAuthorizedParty.Descriptor))
            .At<HandleRevocationRequestContext>(at =>
                at.Engine(AtRevocation.AttachPrincipal.Descriptor)
                    .Without(AtRevocation.RevokeToken.Descriptor)
                    .Run<RevocationEndpoint>()
            )
            // ---- /connect/end-session ----
            .At<HandleEndSessionRequestContext>(at =>
                at.Engine(AtEndSession.AttachPrincipal.Descriptor).Run<EndSessionEndpoint>()
            )
            .At<ApplyEndSessionResponseContext>(at =>
                at.Engine(Http.AttachCacheControlHeader<ApplyEndSessionResponseContext>.Descriptor)
                    .Run<ShowLocalError<ApplyEndSessionResponseContext>>()
            )
            // ---- /.well-known ----
            .At<ApplyConfigurationResponseContext>(at =>
                at.Run<WriteMetadata>()
                    .Run<AllowCaching<ApplyConfigurationResponseContext>>()
                    .Engine(Http.AttachHttpResponseCode<ApplyConfigurationResponseContext>.Descriptor)
            )
            .At<ApplyJsonWebKeySetResponseContext>(at =>
                at.Run<AllowCaching<ApplyJsonWebKeySetResponseContext>>()
                    .Engine(Http.AttachHttpResponseCode<ApplyJsonWebKeySetResponseContext>.Descriptor)
            );

    private static PipelineStage<TContext> ReadClientCredentials<TContext>(this PipelineStage<TContext> at)
        where TContext : BaseValidatingContext =>
        at.Engine(Http.ExtractBasicAuthenticationCredentials<TContext>.Descriptor)
            .Run<InferClientFromAssertion<TContext>>()
            .Run<ResolveClientDocument<TContext>>()
            .Run<RequireOneClientId<TContext>>()
            .Run<ReadClientCertificate<TContext>>();
}
