using System.Security.Claims;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Engine;

/// <summary>The minimal principal that the engine accepts. The claims are in the tokens, which other classes
/// write.</summary>
internal static class EnginePrincipal
{
    public static ClaimsPrincipal Of(string subject) =>
        new(new ClaimsIdentity([new Claim(Claims.Subject, subject)], "identity"));
}
