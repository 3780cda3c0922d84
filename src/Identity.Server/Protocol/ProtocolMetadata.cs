using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Endpoints.Discovery;
using Identity.Server.Protocol.Endpoints.Introspection;
using Identity.Server.Protocol.Endpoints.UserInfo;
using Identity.Server.Protocol.Engine.Metadata;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Dpop;
using Identity.Server.Protocol.Extensions.Jar;
using Identity.Server.Protocol.Extensions.Jarm;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Extensions.Subjects;
using Identity.Server.Protocol.Grants.Ciba;
using Identity.Server.Protocol.Grants.Device;
using Identity.Server.Protocol.Logout.Channels;
using Identity.Server.Protocol.Logout.SessionManagement;
using Identity.Server.Protocol.Registration;
using Identity.Server.Protocol.Tokens.IdTokens;

namespace Identity.Server.Protocol;

/// <summary>The features that contribute to the metadata, in no particular order.</summary>
internal static class ProtocolMetadata
{
    public static void AddMetadata(this IServiceCollection services)
    {
        services.AddSingleton<IMetadataContributor, AuthorizationDetailsMetadata>();
        services.AddSingleton<IMetadataContributor, BackchannelAuthenticationMetadata>();
        services.AddSingleton<IMetadataContributor, ClaimsParameterMetadata>();
        services.AddSingleton<IMetadataContributor, ClientAuthenticationMetadata>();
        services.AddSingleton<IMetadataContributor, ClientDocumentMetadata>();
        services.AddSingleton<IMetadataContributor, DeviceAuthorizationMetadata>();
        services.AddSingleton<IMetadataContributor, DiscoveryMetadata>();
        services.AddSingleton<IMetadataContributor, DpopMetadata>();
        services.AddSingleton<IMetadataContributor, IdTokenEncryptionMetadata>();
        services.AddSingleton<IMetadataContributor, IntrospectionSigningMetadata>();
        services.AddSingleton<IMetadataContributor, LogoutMetadata>();
        services.AddSingleton<IMetadataContributor, PushedAuthorizationMetadata>();
        services.AddSingleton<IMetadataContributor, RegistrationMetadata>();
        services.AddSingleton<IMetadataContributor, RequestObjectMetadata>();
        services.AddSingleton<IMetadataContributor, ResponseModeMetadata>();
        services.AddSingleton<IMetadataContributor, SessionManagementMetadata>();
        services.AddSingleton<IMetadataContributor, SubjectTypeMetadata>();
        services.AddSingleton<IMetadataContributor, UserInfoSigningMetadata>();
    }
}
