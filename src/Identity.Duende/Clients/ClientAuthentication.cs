using Duende.IdentityServer;
using Duende.IdentityServer.Validation;
using Identity.Core.Clients;
using Identity.Core.Throttling;
using Identity.DuendeHost.Grants;
using Identity.DuendeHost.Requests;
using Identity.Server.Browser;
using Identity.Server.Protocol.Clients;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using CoreClient = Identity.Core.Clients.Client;

namespace Identity.DuendeHost.Clients;

/// <summary> Duende authenticates the client; around it stand the rules of this provider: one way a request and the one
/// that is registered (RFC 6749 section 2.3), one <c>client_id</c>, a limit for wrong secrets, and one for what a
/// client without credentials can make the database store. It notes who the client is, and asks once a request.
/// </summary>
internal sealed class ClientAuthentication(
    ClientSecretValidator engine,
    ClientRegistry registry,
    WriteLimiter limiter,
    StrangerLimits strangers,
    RequestState state
) : IClientSecretValidator
{
    public async Task<ClientSecretValidationResult> ValidateAsync(HttpContext context) =>
        state.Authentication ??= await AuthenticateAsync(context);

    private async Task<ClientSecretValidationResult> AuthenticateAsync(HttpContext http)
    {
        if (MethodsIn(http.Request).Length > 1)
            return Refuse("invalid_request", "The client must authenticate in one way.", "one way", "several");
        // Before the secret is compared: what is over the limit is refused unread.
        if (WaitOf(http) is { } pause)
            return Wait(pause);
        var result = await engine.ValidateAsync(http);
        if (result.IsError)
            return Count(http, result);
        var client = registry.Find(result.Client!.ClientId)!;
        if (http.Request.Form["client_id"] is [{ Length: > 0 } named] && named != client.Id)
            return Refuse(
                "invalid_request",
                "The client_id of the form is not the client that authenticates.",
                client.Id,
                named
            );
        if (client.IsConfidential && MethodsIn(http.Request) is [var method] && !client.AuthMethods.Contains(method))
            return Refuse(
                "invalid_client",
                "The client is not registered for this way of authenticating.",
                string.Join(' ', client.AuthMethods),
                method
            );
        if (StoresFor(http.Request) is { } kind && strangers.WaitOf(http, kind, client) is { } wait)
            return Wait(wait);
        state.Client = client;
        return Check(http.Request, client) is { } denial ? Refuse(denial) : result;
    }

    // A client that cannot authenticate may not ask about tokens (RFC 7662 section 2.1).
    private static Denial? Check(HttpRequest request, CoreClient client)
    {
        if (request.Path.Equals(EndpointPaths.Token))
            return TokenParameters.Check(request, client);
        return request.Path.Equals(EndpointPaths.Introspection) && !client.IsConfidential
            ? new(
                nameof(ClientAuthentication),
                "invalid_client",
                "A public client cannot use this endpoint.",
                "a confidential client",
                ClientAuthMethod.None
            )
            : null;
    }

    private TimeSpan? WaitOf(HttpContext http) =>
        MethodsIn(http.Request) is [ClientAuthMethod.SecretBasic or ClientAuthMethod.SecretPost]
        && ConfidentialIn(http.Request) is { } client
            ? limiter.Wait(
                LimitWrongSecrets.Kind,
                http.ReadRequestContext().IpAddress,
                client.Id,
                LimitWrongSecrets.Limit
            )
            : null;

    // A wrong secret counts against its address and client.
    private ClientSecretValidationResult Count(HttpContext http, ClientSecretValidationResult failed)
    {
        if (ConfidentialIn(http.Request) is { } client)
            limiter.TryTake(
                LimitWrongSecrets.Kind,
                http.ReadRequestContext().IpAddress,
                client.Id,
                LimitWrongSecrets.Limit
            );
        state.Denial ??= new(
            nameof(ClientAuthentication),
            failed.Error ?? "invalid_client",
            "The client could not be authenticated.",
            "the credentials of a registered client",
            "others, or none"
        );
        return failed;
    }

    private CoreClient? ConfidentialIn(HttpRequest request) =>
        ClientIdOf(request) is { } id && registry.Find(id) is { IsConfidential: true } client ? client : null;

    private static string? ClientIdOf(HttpRequest request) =>
        request.HasFormContentType && request.Form["client_id"] is [{ Length: > 0 } id]
            ? id
            : BasicCredentials.UserOf(request.Headers.Authorization.ToString());

    private static string[] MethodsIn(HttpRequest request)
    {
        List<string> methods = [];
        if (request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            methods.Add(ClientAuthMethod.SecretBasic);
        if (request.HasFormContentType && request.Form["client_secret"].ToString().Length > 0)
            methods.Add(ClientAuthMethod.SecretPost);
        if (request.HasFormContentType && request.Form["client_assertion"].ToString().Length > 0)
            methods.Add(ClientAuthMethod.PrivateKeyJwt);
        return [.. methods];
    }

    private static string? StoresFor(HttpRequest request) =>
        request.Path.Equals(EndpointPaths.DeviceAuthorization) ? "device_request"
        : request.Path.Equals(EndpointPaths.PushedAuthorization) ? "pushed_request"
        : null;

    private ClientSecretValidationResult Wait(TimeSpan pause)
    {
        state.RetryAfter = pause;
        return Refuse(
            "temporarily_unavailable",
            "Too many requests came from this address. Try again later.",
            null,
            "one more than there may be"
        );
    }

    private ClientSecretValidationResult Refuse(string error, string description, string? expected, string? received) =>
        Refuse(new Denial(nameof(ClientAuthentication), error, description, expected, received));

    private ClientSecretValidationResult Refuse(Denial denial)
    {
        state.Denial = denial;
        return new()
        {
            IsError = true,
            Error = denial.Error,
            ErrorDescription = denial.Description,
        };
    }
}
