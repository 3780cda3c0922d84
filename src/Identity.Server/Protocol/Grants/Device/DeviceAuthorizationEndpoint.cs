using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Requests.ErrorAnswers;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.Device;

// Device owns the device's side of the device authorization grant (RFC 8628): the endpoint for requests and the grant
// for polls. Pages.Device owns the person's side; both use Core.Grants.DeviceAuthorization.

/// <summary>The device authorization endpoint (RFC 8628 section 3.1): an authenticated client gets a code for itself
/// and one for the person to type. One SQL command.</summary>
internal sealed class DeviceAuthorizationEndpoint(
    Issuer issuer,
    ClientRegistry registry,
    DeviceAuthorizationStore devices,
    AuthorizationDetailsReader detailsReader,
    StrangerLimits limits
) : IOpenIddictServerHandler<HandleDeviceAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(HandleDeviceAuthorizationRequestContext context)
    {
        if (
            !context.Transaction.IsAt(EndpointPaths.DeviceAuthorization)
            || registry.Find(context.Request.ClientId) is not { } client
        )
            return;
        string[] scopes = context.Request.GetScopes() is { IsEmpty: false } asked
            ? [.. asked.Distinct(StringComparer.Ordinal)]
            : [.. client.Scopes.Order(StringComparer.Ordinal)];
        string[] resources = [.. context.Request.GetResources()];
        if (
            Judge(client, scopes, resources) is { } denial
            || !TryReadDetails(context, client, out var details, out denial)
        )
        {
            context.Deny(denial!);
            return;
        }

        if (limits.Refuse(context, "device_request", client))
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var codes = await devices.IssueAsync(
            new(client.Id, scopes, resources, details, http.ReadRequestContext(), client.DeviceCodeLifetime),
            http.RequestAborted
        );
        var page = issuer.UrlOf(EndpointPaths.DevicePage);
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(
            new Dictionary<string, object>
            {
                ["device_code"] = codes.DeviceCode,
                ["user_code"] = codes.UserCode.Display,
                ["verification_uri"] = page,
                ["verification_uri_complete"] = $"{page}?user_code={codes.UserCode.Display}",
                ["expires_in"] = (long)codes.Lifetime.TotalSeconds,
                ["interval"] = (long)codes.Interval.TotalSeconds,
            },
            http.RequestAborted
        );
        context.HandleRequest();
    }

    private Denial? Judge(Client client, string[] scopes, string[] resources)
    {
        if (!client.GrantTypes.Contains(GrantTypes.DeviceCode))
            return new(
                nameof(DeviceAuthorizationEndpoint),
                Errors.UnauthorizedClient,
                "The client is not registered for the device grant.",
                GrantTypes.DeviceCode,
                string.Join(' ', client.GrantTypes)
            );
        if (RequireRegisteredScopes.FindExcess(client, scopes) is { } excess)
            return new(
                nameof(RequireRegisteredScopes),
                Errors.InvalidScope,
                "A scope is unknown, or the client is not registered for it.",
                string.Join(' ', client.Scopes.Order(StringComparer.Ordinal)),
                excess
            );
        return ResourceRules.Request(client, registry.Catalog, scopes, resources) is ResourceResult.Invalid invalid
            ? new(nameof(ResourceRules), Errors.InvalidTarget, invalid.Reason, null, string.Join(' ', resources))
            : null;
    }

    private bool TryReadDetails(
        HandleDeviceAuthorizationRequestContext context,
        Client client,
        out JsonElement? details,
        out Denial? denial
    )
    {
        (details, denial) = (null, null);
        if ((string?)context.Request["authorization_details"] is not { Length: > 0 } parameter)
            return true;
        switch (detailsReader.Read(client, parameter))
        {
            case AuthorizationDetailsResult.Valid valid:
                details = valid.Details;
                return true;
            case AuthorizationDetailsResult.Invalid invalid:
                denial = new(nameof(AuthorizationDetailsReader), "invalid_authorization_details", invalid.Reason);
                return false;
            default:
                throw new InvalidOperationException("Details are valid or invalid.");
        }
    }
}
