using System.Globalization;
using Identity.Core.Clients;
using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize;
using Identity.Server.Protocol.Engine;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Ciba;

// Ciba owns the client's side of requests to people who are elsewhere (OpenID Connect CIBA Core 1.0, poll mode): the
// endpoint for requests and the grant for polls. The person's side is a page of their account.

/// <summary> The backchannel authentication endpoint (CIBA Core section 7). Whether the person exists is not revealed:
/// for an unknown person the answer is the same, and the request waits until it expires (EN-1).
/// </summary>
internal sealed class BackchannelAuthenticationEndpoint(
    ClientRegistry registry,
    BackchannelAuthenticationStore requests,
    HintReader hints
) : IOpenIddictServerHandler<HandleDeviceAuthorizationRequestContext>
{
    private const int MaxAcrValuesLength = 500;

    public async ValueTask HandleAsync(HandleDeviceAuthorizationRequestContext context)
    {
        if (
            !context.Transaction.IsAt(EndpointPaths.BackchannelAuthentication)
            || registry.Find(context.Request.ClientId) is not { } client
        )
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        string[] scopes = [.. context.Request.GetScopes().Distinct(StringComparer.Ordinal)];
        if (Judge(client, context.Request, scopes) is { } denial)
        {
            context.Deny(denial);
            return;
        }
        PersonHints given = new(
            context.Request.LoginHint,
            context.Request.IdTokenHint,
            (string?)context.Request["login_hint_token"]
        );
        var hinted = await hints.ReadAsync(client, given, http.RequestAborted);
        if (hinted is not Hinted.Person person)
        {
            context.Deny(
                Refuse(
                    Errors.InvalidRequest,
                    ((Hinted.Invalid)hinted).Reason,
                    "one valid hint",
                    "none, several, or another"
                )
            );
            return;
        }

        var lifetime = ReadExpiry(context.Request, out _) ?? BackchannelAuthenticationStore.DefaultLifetime;
        BackchannelRequest request = new(
            client.Id,
            person.UserId,
            person.Hint,
            scopes,
            BindingMessageOf(context.Request),
            [.. context.Request.GetAcrValues()],
            null,
            lifetime < BackchannelAuthenticationStore.MaxLifetime
                ? lifetime
                : BackchannelAuthenticationStore.MaxLifetime,
            http.ReadRequestContext()
        );
        if (await requests.StartAsync(request, http.RequestAborted) is not BackchannelStart.Started started)
        {
            context.Deny(
                Refuse(
                    Errors.AccessDenied,
                    "As many requests of this client wait for this person as may.",
                    "fewer requests",
                    "too many"
                )
            );
            return;
        }
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(
            new Dictionary<string, object>
            {
                ["auth_req_id"] = started.AuthReqId,
                ["expires_in"] = (long)started.Lifetime.TotalSeconds,
                ["interval"] = (long)started.Interval.TotalSeconds,
            },
            http.RequestAborted
        );
        context.HandleRequest();
    }

    private static Denial? Judge(Client client, OpenIddictRequest request, string[] scopes)
    {
        if (!client.GrantTypes.Contains(ClientGrantType.Ciba))
            return Refuse(
                Errors.UnauthorizedClient,
                "The client is not registered for CIBA.",
                ClientGrantType.Ciba,
                string.Join(' ', client.GrantTypes)
            );
        if (!client.IsConfidential)
            return Refuse(
                Errors.UnauthorizedClient,
                "A public client cannot use this endpoint.",
                "a confidential client",
                "none"
            );
        if (!scopes.Contains(Scopes.OpenId))
            return Refuse(Errors.InvalidScope, "The scope openid is missing.", Scopes.OpenId, string.Join(' ', scopes));
        if (RequireRegisteredScopes.FindExcess(client, scopes) is { } excess)
            return Refuse(
                Errors.InvalidScope,
                "A scope is unknown, or the client is not registered for it.",
                string.Join(' ', client.Scopes.Order(StringComparer.Ordinal)),
                excess
            );
        if (BindingMessageOf(request) is { } message && !BindingMessage.IsAcceptable(message))
            return Refuse(
                "invalid_binding_message",
                "binding_message must be 1 to 64 plain characters.",
                "a short plain text",
                "another"
            );
        ReadExpiry(request, out var isOdd);
        if (isOdd)
            return Refuse(
                Errors.InvalidRequest,
                "requested_expiry must be a positive number of seconds.",
                "a positive integer",
                "another"
            );
        return request.AcrValues is { Length: > MaxAcrValuesLength }
            ? Refuse(Errors.InvalidRequest, "acr_values is too long.", "a few values", "too many")
            : null;
    }

    private static string? BindingMessageOf(OpenIddictRequest request) => (string?)request["binding_message"];

    private static TimeSpan? ReadExpiry(OpenIddictRequest request, out bool isOdd)
    {
        isOdd = false;
        if ((string?)request["requested_expiry"] is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
            return TimeSpan.FromSeconds(seconds);
        isOdd = true;
        return null;
    }

    private static Denial Refuse(string error, string description, string expected, string received) =>
        new(nameof(BackchannelAuthenticationEndpoint), error, description, expected, received);
}
