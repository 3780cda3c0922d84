using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Clients.Assertions;

/// <summary>
/// With an assertion <c>client_id</c> may be left out (RFC 7521 section 4.2); the rules that come before the one that
/// verifies it must know all the same who is said to ask. Nothing is believed: the assertion must say the same when it
/// is verified.
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
