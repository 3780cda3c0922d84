using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Assertions;

/// <summary> With an assertion, <c>client_id</c> may be omitted (RFC 7521 section 4.2), but earlier rules need the
/// claimed client. The value is not trusted: the verified assertion must match it.
/// </summary>
internal sealed class InferClientFromAssertion<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    public ValueTask HandleAsync(TContext context)
    {
        if (
            context.Transaction.Request is not { ClientAssertion: { Length: > 0 } assertion } request
            || !string.IsNullOrEmpty(request.ClientId)
        )
            return ValueTask.CompletedTask;
        using var jwt = SignedJwt.Read(assertion, ClientAssertionReader.MaxCharacters);
        request.ClientId = jwt?.Text("sub");
        return ValueTask.CompletedTask;
    }
}
