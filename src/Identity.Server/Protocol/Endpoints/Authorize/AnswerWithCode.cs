using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>Returns the code that the authorize endpoint issued, instead of the engine's own.</summary>
internal sealed class AnswerWithCode : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string Property = "identity:code";

    public static void Keep(OpenIddictServerTransaction transaction, string code) =>
        transaction.SetProperty(Property, code);

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        (context.GenerateAuthorizationCode, context.IncludeAuthorizationCode) = (false, false);
        context.Response.Code = context.Transaction.GetProperty<string>(Property);
        return ValueTask.CompletedTask;
    }
}
