using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.PersonalTokens;
using Identity.Core.Profile;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Tokens;
using Identity.Server.Protocol.Tokens.AccessTokens;
using Identity.Server.Protocol.Tokens.Jose;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Grants.TokenExchange;

/// <summary> Token exchange at the token endpoint (RFC 8693): a person's live access token, or personal access token,
/// is exchanged for one with another audience, by the client's policy. The new token belongs to the same grant, so it
/// ends with it (TK-3) and never lives longer. Two SQL commands, three with an actor token.
/// </summary>
internal sealed class TokenExchangeGrant(
    ClientRegistry registry,
    AccessTokenStore tokens,
    PersonalTokenReader personalTokens,
    SubjectIdentifiers subjects,
    AuditLog audit
) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    /// <summary>A presented token and its state.</summary>
    private sealed record Shown(
        ClaimsPrincipal Principal,
        AccessTokenReference Reference,
        AccessTokenState State,
        ExchangedToken Token
    );

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsTokenExchangeGrantType() || registry.Find(context.ClientId) is not { } client)
            return;
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        if (!client.IsConfidential)
        {
            context.Deny(
                new(
                    nameof(TokenExchangeGrant),
                    Errors.UnauthorizedClient,
                    "A public client cannot exchange tokens.",
                    "a confidential client",
                    "none"
                )
            );
            return;
        }
        // A client's own token has no person to act for: only people are subjects here.
        if (await ReadSubjectAsync(context, client, http) is not { State.Subject: not null } subject)
        {
            context.Deny(
                new(
                    nameof(TokenExchangeGrant),
                    Errors.InvalidRequest,
                    "The subject token is not a live access token of a person.",
                    "a live access token",
                    "another, or a revoked one"
                )
            );
            return;
        }
        var actor = await ReadAsync(client, context.ActorTokenPrincipal, http.RequestAborted);
        if (actor is null && !string.IsNullOrEmpty(context.Request.ActorToken))
        {
            context.Deny(
                new(
                    nameof(TokenExchangeGrant),
                    Errors.InvalidRequest,
                    "The actor token is not a live access token.",
                    "a live access token",
                    "another, or a revoked one"
                )
            );
            return;
        }

        var asked = context.Request.GetScopes();
        ExchangeRequest request = new(
            subject.Token,
            actor?.Token,
            context.Request.RequestedTokenType,
            [.. context.Request.GetAudiences()],
            [.. context.Request.GetResources()],
            asked.IsEmpty ? null : [.. asked.Distinct(StringComparer.Ordinal)],
            // Without an actor token, the client impersonates the person if the policy allows it; otherwise it is the
            // actor itself.
            Impersonate: actor is null && client.Protocols.TokenExchange?.AllowImpersonation == true,
            ProvesKey: context.Transaction.GetProvenKey() is not null
        );
        var result = TokenExchangeRules.Judge(client, request);
        if (result is not ExchangeResult.Granted granted)
        {
            var refused = (ExchangeResult.Refused)result;
            context.Deny(
                new(nameof(TokenExchangeRules), refused.Error, refused.Reason, null, subject.Reference.ClientId)
            );
            return;
        }

        await audit.AppendAsync(
            EventOf(client, subject, granted, request.Impersonate, http.ReadRequestContext()),
            http.RequestAborted
        );
        Issue(context, client, subject, granted);
    }

    private static void Issue(
        HandleTokenRequestContext context,
        Client client,
        Shown subject,
        ExchangeResult.Granted granted
    )
    {
        context.Transaction.SetIssuance(
            new TokenIssuance
            {
                Client = client,
                Subject = granted.Subject,
                Scopes = granted.Scopes,
                Audiences = granted.Audiences,
                Grant = new TokenGrant
                {
                    FamilyId = subject.Reference.FamilyId!.Value,
                    SessionId = subject.Reference.SessionId,
                    ClientId = client.Id,
                    Scopes = granted.Scopes,
                    Subject = subject.State.Subject!,
                    Details = SignInOf(subject.Principal),
                },
                Key = context.Transaction.GetProvenKey(),
                Actor = granted.Act,
                EndsBy = subject.Principal.GetExpirationDate(),
                IssuedTokenType = TokenExchangeRules.AccessTokenType,
            }
        );
        context.SignIn(EnginePrincipal.Of(granted.Subject));
    }

    private Task<Shown?> ReadSubjectAsync(HandleTokenRequestContext context, Client client, HttpContext http) =>
        PersonalToken.TryParse(context.Request.SubjectToken, out var personal)
            ? ReadPersonalAsync(client, personal, context.SubjectTokenPrincipal!, http)
            : ReadAsync(client, context.SubjectTokenPrincipal, http.RequestAborted);

    // The new token names the personal one as its grant, and so ends with it.
    private async Task<Shown?> ReadPersonalAsync(
        Client client,
        PersonalToken presented,
        ClaimsPrincipal principal,
        HttpContext http
    )
    {
        string[] asking = client.Protocols.TokenExchange is { PersonalTokens: true } policy ? [.. policy.Scopes] : [];
        var found = await personalTokens.FindAsync(
            presented,
            asking,
            client.Id,
            http.ReadRequestContext(),
            http.RequestAborted
        );
        if (found is not { } token)
            return null;
        return new(
            principal.SetExpirationDate(token.ExpiresAt),
            new(token.Id.ToString("D"), "", token.Subject.Id, null, token.Id),
            new(true, token.Subject),
            new(
                subjects.Of(client, token.Subject.Id),
                "",
                token.Scopes,
                Act: null,
                MayAct: null,
                Audiences: registry.Catalog.ResourcesOf(token.Scopes)
            )
        );
    }

    private async Task<Shown?> ReadAsync(Client client, ClaimsPrincipal? principal, CancellationToken cancellationToken)
    {
        if (principal is null || AccessTokenReader.Read(principal) is not { } reference)
            return null;
        var state = await tokens.ReadAsync(reference, cancellationToken);
        if (!state.IsActive)
            return null;
        // The subject is the one for the exchanging client and not the one for the previous client (OIDC Core 8).
        var subject = state.Subject is { } person
            ? subjects.Of(client, person.Id)
            : principal.GetClaim(Claims.Subject)!;
        return new(
            principal,
            reference,
            state,
            new(
                subject,
                reference.ClientId,
                [.. principal.GetScopes()],
                Json(principal, "act"),
                Json(principal, "may_act"),
                principal.HasClaim("cnf")
            )
        );
    }

    private static GrantDetails SignInOf(ClaimsPrincipal principal) =>
        new()
        {
            AuthTime = long.TryParse(
                principal.GetClaim(Claims.AuthenticationTime),
                CultureInfo.InvariantCulture,
                out var time
            )
                ? time
                : 0,
            Amr = [.. principal.GetClaims(Claims.AuthenticationMethodReference)],
            Acr = principal.GetClaim(Claims.AuthenticationContextReference),
        };

    private static JsonElement? Json(ClaimsPrincipal principal, string claim) =>
        principal.FindFirst(claim)?.Value is { } text && text.StartsWith('{') ? JsonElement.Parse(text) : null;

    private static AuditEvent EventOf(
        Client client,
        Shown subject,
        ExchangeResult.Granted granted,
        bool impersonated,
        RequestContext request
    ) =>
        new(
            AuditEventTypes.TokenExchanged,
            AuditStatus.Success,
            subject.Reference.UserId,
            request.IpAddress,
            request.UserAgent,
            new Dictionary<string, object?>
            {
                ["client_id"] = client.Id,
                ["subject_client_id"] = subject.Token.IsPersonal ? null : subject.Reference.ClientId,
                ["personal_token_id"] = subject.Token.IsPersonal ? subject.Reference.FamilyId : null,
                ["family_id"] = subject.Reference.FamilyId,
                ["audiences"] = granted.Audiences,
                ["scopes"] = granted.Scopes,
                ["delegated"] = !impersonated,
            }
        );
}
