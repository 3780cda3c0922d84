using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ResourceIndicators;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants;

/// <summary>The part of a grant that this answer covers; null members mean all of it.</summary>
internal sealed record Narrowing(IReadOnlyList<string>? Audiences, JsonElement? Details);

/// <summary>Passes the part from the rule that checked it to <see cref="GrantAnswer"/>.</summary>
internal static class Narrowings
{
    public static void SetNarrowing(this OpenIddictServerTransaction transaction, Narrowing narrowing) =>
        transaction.SetProperty(typeof(Narrowing).FullName!, narrowing);

    public static Narrowing? GetNarrowing(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<Narrowing>(typeof(Narrowing).FullName!);
}

/// <summary> A code or a refresh token may be exchanged for a token with a subset of its resources (RFC 8707 section
/// 2.2) or of its details (RFC 9396 section 6). The grant is read before it is claimed, so that an excessive request
/// consumes nothing. One SQL command if there is something to narrow, otherwise none.
/// </summary>
internal sealed class NarrowGrant(
    ClientRegistry registry,
    Issuer issuer,
    AuthorizationDetailsReader reader,
    AuthorizationCodeStore codes,
    RefreshTokenStore tokens
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        var request = context.Request;
        var (resources, details) = (RequireAllowedResources.Of(request), ValidateAuthorizationDetails.Of(request));
        if (
            (resources.Count == 0 && details is null)
            || registry.Find(context.ClientId) is not { } client
            || await LookAsync(request, client, context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted)
                is not { } grant
        )
            return;

        string[] asked = [.. request.GetScopes()];
        string[] scopes =
        [
            .. grant.Scopes.Where(scope =>
                client.Scopes.Contains(scope) && (asked.Length == 0 || asked.Contains(scope))
            ),
        ];
        var audiences = ResourceRules.Narrow(
            GrantAudiences.Of(registry.Catalog, issuer, client, scopes, grant.Details),
            resources
        );
        var part = details is null ? null : reader.Read(client, details);
        if (audiences is ResourceResult.Invalid invalid)
            context.Deny(
                new(
                    nameof(NarrowGrant),
                    RequireAllowedResources.InvalidTarget,
                    invalid.Reason,
                    "a part of the granted resources"
                )
            );
        else if (part is AuthorizationDetailsResult.Invalid unsound)
            context.Deny(
                new(
                    nameof(NarrowGrant),
                    ValidateAuthorizationDetails.InvalidDetails,
                    unsound.Reason,
                    "a part of the granted details"
                )
            );
        else if (
            part is AuthorizationDetailsResult.Valid valid
            && !(
                grant.Details.AuthorizationDetails is { } granted
                && AuthorizationDetailsReader.IsWithin(granted, valid.Details)
            )
        )
            context.Deny(
                new(
                    nameof(NarrowGrant),
                    ValidateAuthorizationDetails.InvalidDetails,
                    "More was asked for than was granted.",
                    "a part of the granted details"
                )
            );
        else
            context.Transaction.SetNarrowing(
                new(((ResourceResult.Valid)audiences).Audiences, (part as AuthorizationDetailsResult.Valid)?.Details)
            );
    }

    // Null if this client has no such grant, which the grant type reports itself.
    private async Task<(IReadOnlyList<string> Scopes, GrantDetails Details)?> LookAsync(
        OpenIddictRequest request,
        Client client,
        CancellationToken cancellationToken
    )
    {
        if (request.IsAuthorizationCodeGrantType())
            return await codes.PeekAsync(request.Code!, client.Id, cancellationToken);
        return
            request.IsRefreshTokenGrantType()
            && await tokens.InspectAsync(request.RefreshToken!, cancellationToken) is { } state
            && state.ClientId == client.Id
            ? (state.Scopes, state.Details)
            : null;
    }
}
