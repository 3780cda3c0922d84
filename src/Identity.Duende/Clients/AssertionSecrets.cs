using Duende.IdentityServer;
using Duende.IdentityServer.Models;
using Duende.IdentityServer.Validation;
using Identity.DuendeHost.Requests;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Clients.Assertions;

namespace Identity.DuendeHost.Clients;

/// <summary><c>private_key_jwt</c> (RFC 7523) by the rules of this provider: keys from the client's set or its
/// <c>jwks_uri</c>, an assertion used once on all instances. One SQL command for a valid assertion.</summary>
internal sealed class AssertionSecrets(
    ClientAssertionReader reader,
    EndpointAddresses addresses,
    IHttpContextAccessor accessor
) : ISecretValidator
{
    public async Task<SecretValidationResult> ValidateAsync(IEnumerable<Secret> secrets, ParsedSecret parsedSecret)
    {
        if (
            parsedSecret.Type != IdentityServerConstants.ParsedSecretTypes.JwtBearer
            || parsedSecret.Credential is not string assertion
        )
            return new() { Success = false };
        var http = accessor.Current();
        var result = await reader.ReadAsync(
            assertion,
            parsedSecret.Id,
            addresses.AudiencesAt(http.Request.Path.Value!),
            http.RequestAborted
        );
        return new() { Success = result is ClientAssertionResult.Valid, IsError = false };
    }
}
