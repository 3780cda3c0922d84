using System.Collections.Immutable;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Extensions.Subjects;

internal static class SubjectHandlers
{
    public static void Add(OpenIddictServerBuilder server)
    {
        server.AddEventHandler<ValidateTokenContext>(h =>
            h.UseSingletonHandler<KnowPairwiseSubject>()
                .SetOrder(OpenIddictServerHandlers.Protection.ValidatePrincipal.Descriptor.Order + 500)
        );
        server.AddEventHandler<ApplyConfigurationResponseContext>(h =>
            h.UseSingletonHandler<SubjectMetadata>().SetOrder(-1_850)
        );
    }
}

/// <summary>OIDC Discovery 3: both kinds, by the client's registration.</summary>
internal sealed class SubjectMetadata : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    private static readonly ImmutableArray<string?> Types = ["public", "pairwise"];

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Response.Error is null)
            context.Response["subject_types_supported"] = Types;
        return ValueTask.CompletedTask;
    }
}
