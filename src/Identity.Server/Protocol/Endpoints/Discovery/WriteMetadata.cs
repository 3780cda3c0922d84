using Identity.Server.Protocol.Engine.Metadata;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary>Lets every feature write its part of the metadata over the engine's. Only enabled features
/// appear.</summary>
internal sealed class WriteMetadata(IEnumerable<IMetadataContributor> contributors)
    : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is not null)
            return ValueTask.CompletedTask;
        MetadataDocument document = new();
        foreach (var contributor in contributors)
            contributor.Contribute(document);
        foreach (var (name, value) in document.Members)
            context.Response[name] = value is null ? default(OpenIddictParameter?) : new OpenIddictParameter(value);
        return ValueTask.CompletedTask;
    }
}
