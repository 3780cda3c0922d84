using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Introspection;

/// <summary>Another JWT of this provider, such as an ID token, is inactive like any other text (RFC 7662 2.2); the
/// engine would answer an error.</summary>
internal sealed class AnswerInactiveForOtherTokenTypes : IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (context.Response.Error == Errors.UnsupportedTokenType)
        {
            context.Response.Error = context.Response.ErrorDescription = context.Response.ErrorUri = null;
            context.Response["active"] = false;
        }
        return ValueTask.CompletedTask;
    }
}
