using System.Security.Claims;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Engine;

/// <summary>The least that the engine accepts as somebody to sign in. What is said of them stands in the tokens, which
/// we write.</summary>
internal static class EnginePrincipal
{
    public static ClaimsPrincipal Of(string subject) =>
        new(new ClaimsIdentity([new Claim(Claims.Subject, subject)], "identity"));
}
