using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Endpoints.Authorize.Decision;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.Parsing;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary> Carries out the <see cref="AuthorizeDecision"/> for a valid authorization request: a refusal, a page, or a
/// code. Two SQL commands with a session: the session, and the code.
/// </summary>
internal sealed class AuthorizeEndpoint(
    ClientRegistry registry,
    AuthorizeMarker markers,
    IssueCode issue,
    SubjectIdentifiers subjects,
    TimeProvider time
) : IOpenIddictServerHandler<HandleAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(HandleAuthorizationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var url = context.Transaction.GetStoredRequest()?.UrlParameters ?? ParameterUrl.ParametersOf(http.Request);
        var visit = await VisitOfAsync(context, http, url);

        var decision = AuthorizeDecision.Of(visit);
        if (decision is AuthorizeDecision.Grant grant)
            decision = await IssueAsync(context, visit, grant.Session, http.RequestAborted);
        switch (decision)
        {
            case AuthorizeDecision.Refuse refusal:
                context.Deny(refusal.Denial);
                break;
            case AuthorizeDecision.Show page:
                Leave(http, url, page, visit.Session);
                context.HandleRequest();
                break;
        }
    }

    private async Task<AuthorizeVisit> VisitOfAsync(
        HandleAuthorizationRequestContext context,
        HttpContext http,
        IReadOnlyList<KeyValuePair<string, StringValues>> url
    )
    {
        var client = registry.Find(context.ClientId)!;
        var request = context.Request.ToAuthorization();
        var claims = ClaimsRequest.Of(request);
        var session = await http.GetActiveSessionAsync();
        return new(
            request,
            client,
            claims,
            session,
            IsPerson(context.IdentityTokenHintPrincipal?.GetClaim(Claims.Subject)),
            IsPerson(claims.Subject),
            new(
                ReadMarker(MarkerKind.Reauthenticate),
                ReadMarker(MarkerKind.AskConsent),
                ReadMarker(MarkerKind.AccountChosen),
                ReadMarker(MarkerKind.Deny)
            )
        );

        bool IsPerson(string? subject) =>
            subject is null || session is null || subjects.Matches(client, session.UserId, subject);

        MarkerContent? ReadMarker(MarkerKind kind)
        {
            var name = AuthorizeMarker.ParameterOf(kind);
            return markers.Read(kind, url, url.FirstOrDefault(parameter => parameter.Key == name).Value);
        }
    }

    // Null if the client has its code.
    private async Task<AuthorizeDecision?> IssueAsync(
        HandleAuthorizationRequestContext context,
        AuthorizeVisit visit,
        ActiveSession session,
        CancellationToken cancellationToken
    )
    {
        switch (await issue.IssueAsync(visit.Request, visit.Client, session, cancellationToken))
        {
            case CodeIssue.Issued issued:
                AnswerWithCode.Keep(context.Transaction, issued.Code);
                context.SignIn(EnginePrincipal.Of(session.UserId.ToString("D")));
                return null;
            case CodeIssue.ConsentNeeded:
                return AuthorizeDecision.Consent(visit);
            default:
                return AuthorizeDecision.SignIn(visit, "the session ended meanwhile");
        }
    }

    private void Leave(
        HttpContext http,
        IReadOnlyList<KeyValuePair<string, StringValues>> url,
        AuthorizeDecision.Show page,
        ActiveSession? session
    )
    {
        (string, string)[] marker = page.Marker is { } kind
            ?
            [
                (
                    AuthorizeMarker.ParameterOf(kind),
                    markers.Write(kind, url, new(time.GetUtcNow(), session?.Id, session?.LastProof))
                ),
            ]
            : [];
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location =
            page.Path + "?returnUrl=" + Uri.EscapeDataString(ParameterUrl.Of(EndpointPaths.Authorize, url, marker));
        http.Response.Headers.CacheControl = "no-store";
    }
}
