using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Endpoints.Authorize;

/// <summary>
/// What becomes of a valid authorization request (OIDC Core 3.1.2): a refusal, a page, or a code. It decides from the
/// session and the request alone, anew at every visit; only <see cref="AuthorizeMarker"/> remembers that a page was
/// shown already. Two SQL commands with a session: the session, and the code.
/// </summary>
internal sealed class AuthorizeEndpoint(
    ClientRegistry registry,
    AuthorizeMarker markers,
    IssueCode issue,
    SubjectIdentifiers subjects,
    TimeProvider time
) : IOpenIddictServerHandler<HandleAuthorizationRequestContext>
{
    // OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
    private const string UnmetAuthenticationRequirements = "unmet_authentication_requirements";

    public async ValueTask HandleAsync(HandleAuthorizationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var client = registry.Find(context.ClientId)!;
        var parameters =
            context.Transaction.GetStoredRequest()?.UrlParameters ?? ParameterUrl.ParametersOf(http.Request);
        Visit visit = new(
            context,
            http,
            client,
            parameters,
            ValidateClaimsParameter.Read(context.Request),
            await http.GetActiveSessionAsync()
        );

        if (ReadMarker(visit, MarkerKind.Deny) is { Error: { } error })
            context.Deny(new("Person", ErrorOf(visit, error), "The person did not agree."));
        else if (visit.Session is not { } session)
            AskToSignIn(visit, "no session");
        else if (SignInProblem(visit, session) is { } problem)
            AskToSignIn(visit, problem);
        else if (DemandOf(visit, session.Acr) is not ContextDemand.Met and var demand)
            MeetDemand(visit, demand);
        else if (MustChooseAccount(visit, session))
            AskToChoose(visit);
        else if (
            context.Request.HasPromptValue(PromptValues.Consent)
            && ReadMarker(visit, MarkerKind.AskConsent)?.SessionId != session.Id
        )
            AskToConsent(visit);
        else if (MustBeSeen(visit, session))
            AskToSee(visit);
        else
            await IssueAsync(visit, session);
    }

    private async Task IssueAsync(Visit visit, ActiveSession session)
    {
        switch (await issue.IssueAsync(visit.Context.Request, visit.Client, session, visit.Http.RequestAborted))
        {
            case CodeIssue.Issued issued:
                AnswerWithCode.Keep(visit.Context.Transaction, issued.Code);
                visit.Context.SignIn(EnginePrincipal.Of(session.UserId.ToString("D")));
                break;
            case CodeIssue.ConsentNeeded:
                AskToConsent(visit);
                break;
            default:
                AskToSignIn(visit, "the session ended meanwhile");
                break;
        }
    }

    // Null when the session is good enough for this request.
    private string? SignInProblem(Visit visit, ActiveSession session)
    {
        var request = visit.Context.Request;
        if (
            visit.Context.IdentityTokenHintPrincipal?.GetClaim(Claims.Subject) is { } hinted
            && !subjects.Matches(visit.Client, session.UserId, hinted)
        )
            return "the session is another person's than id_token_hint names";
        if (visit.Claims.Subject is { } subject && !subjects.Matches(visit.Client, session.UserId, subject))
            return "the session is another person's than the claims parameter names";
        if (ProvedSinceAsked(visit, session))
            return null;
        if (request.HasPromptValue(PromptValues.Login))
            return "the client asks for a new sign-in";
        if (
            (ValidateMaxAge.Read(request) ?? visit.Client.DefaultMaxAge) is { } maxAge
            && session.ReadAt - session.LastProof() > maxAge
        )
            return "the sign-in is older than max_age";
        return null;
    }

    private bool ProvedSinceAsked(Visit visit, ActiveSession session) =>
        ReadMarker(visit, MarkerKind.Reauthenticate) is { } marker
        // Whether the proof is a new one is judged by the database's clock alone. Only where nobody was signed in when
        // the question was put, the host's clock has to do, which may differ a little.
        && session.LastProof() > (marker.LastProof ?? marker.Moment - TimeSpan.FromMinutes(1));

    // The choice is part of what the person does at a new sign-in, so that satisfies it too.
    private bool MustChooseAccount(Visit visit, ActiveSession session) =>
        visit.Context.Request.HasPromptValue(PromptValues.SelectAccount)
        && !ProvedSinceAsked(visit, session)
        && ReadMarker(visit, MarkerKind.AccountChosen)?.SessionId != session.Id;

    // With prompt=none it cannot come here: the engine refuses none beside another value (OIDC Core 3.1.2.1).
    private void AskToChoose(Visit visit) =>
        Leave(visit, EndpointPaths.ChooseAccountPage, ReauthenticationMarker(visit));

    private void AskToSignIn(Visit visit, string reason)
    {
        if (visit.Context.Request.HasPromptValue(PromptValues.None) || IsWrongPersonAgain(visit))
        {
            visit.Context.Deny(
                new(
                    nameof(AuthorizeEndpoint),
                    Errors.LoginRequired,
                    "The person must sign in.",
                    "a session that suits the request",
                    reason
                )
            );
            return;
        }

        Leave(visit, EndpointPaths.SignInPage, ReauthenticationMarker(visit));
    }

    private (string, string) ReauthenticationMarker(Visit visit) =>
        (
            AuthorizeMarker.ParameterOf(MarkerKind.Reauthenticate),
            markers.Write(
                MarkerKind.Reauthenticate,
                visit.Parameters,
                new(time.GetUtcNow(), visit.Session?.Id, visit.Session?.LastProof())
            )
        );

    // Who signed in anew and is still not the person of the hint will not be by signing in once more (OIDC Core
    // 3.1.2.1, id_token_hint).
    private bool IsWrongPersonAgain(Visit visit) => visit.Session is { } session && ProvedSinceAsked(visit, session);

    private static ContextDemand DemandOf(Visit visit, string? reached) =>
        WantedContexts.Judge(visit.Context.Request, visit.Claims, visit.Client, reached);

    // MF-8. No marker is needed: the page either raises the session to what is asked for, or the person says no.
    private static void MeetDemand(Visit visit, ContextDemand demand)
    {
        var wanted = string.Join(' ', WantedContexts.Of(visit.Context.Request, visit.Claims, visit.Client));
        if (demand == ContextDemand.Impossible)
            visit.Context.Deny(
                new(
                    nameof(AuthorizeEndpoint),
                    UnmetAuthenticationRequirements,
                    "No sign-in here reaches the authentication context that is asked for.",
                    string.Join(' ', AuthenticationContext.Supported),
                    wanted
                )
            );
        else if (visit.Context.Request.HasPromptValue(PromptValues.None))
            visit.Context.Deny(
                new(
                    nameof(AuthorizeEndpoint),
                    Errors.InteractionRequired,
                    "The person must show a second factor.",
                    wanted,
                    visit.Session?.Acr
                )
            );
        else
            Leave(visit, EndpointPaths.ConfirmIdentityPage);
    }

    // A person who does not want to show what the client cannot do without has failed to sign in as asked (OIDC Core
    // 5.5.1.1).
    private static string ErrorOf(Visit visit, string error) =>
        error == Errors.AccessDenied
        && visit.Claims.AcrEssential
        && DemandOf(visit, visit.Session?.Acr) != ContextDemand.Met
            ? UnmetAuthenticationRequirements
            : error;

    // RFC 8252 section 8.6: whatever can receive this redirect can pose as the client, so that a consent of the past
    // says nothing about who asks now. A page that the person answered for this very request is enough.
    private bool MustBeSeen(Visit visit, ActiveSession session) =>
        visit.Client.CanBeImpersonatedAt(visit.Context.Request.RedirectUri!)
        && !ProvedSinceAsked(visit, session)
        && ReadMarker(visit, MarkerKind.AccountChosen)?.SessionId != session.Id
        && ReadMarker(visit, MarkerKind.AskConsent)?.SessionId != session.Id;

    private void AskToSee(Visit visit) =>
        AskToConsent(
            visit,
            new(
                nameof(AuthorizeEndpoint),
                Errors.InteractionRequired,
                "The person must see a request of an app whose redirect URI others on the device can receive.",
                "a page that the person answers"
            )
        );

    private void AskToConsent(Visit visit) =>
        AskToConsent(
            visit,
            new(
                nameof(AuthorizeEndpoint),
                Errors.ConsentRequired,
                "The person must consent.",
                "a remembered consent that covers the scopes"
            )
        );

    private void AskToConsent(Visit visit, Denial withoutPages)
    {
        if (visit.Context.Request.HasPromptValue(PromptValues.None))
        {
            visit.Context.Deny(withoutPages);
            return;
        }

        var marker = markers.Write(MarkerKind.AskConsent, visit.Parameters, new(time.GetUtcNow(), visit.Session?.Id));
        Leave(visit, EndpointPaths.ConsentPage, (AuthorizeMarker.ParameterOf(MarkerKind.AskConsent), marker));
    }

    private static void Leave(Visit visit, string page, params (string Name, string Value)[] marker)
    {
        var response = visit.Http.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location =
            page
            + "?returnUrl="
            + Uri.EscapeDataString(ParameterUrl.Of(EndpointPaths.Authorize, visit.Parameters, marker));
        response.Headers.CacheControl = "no-store";
        visit.Context.HandleRequest();
    }

    private MarkerContent? ReadMarker(Visit visit, MarkerKind kind)
    {
        var name = AuthorizeMarker.ParameterOf(kind);
        return markers.Read(
            kind,
            visit.Parameters,
            visit.Parameters.FirstOrDefault(parameter => parameter.Key == name).Value
        );
    }

    private sealed record Visit(
        HandleAuthorizationRequestContext Context,
        HttpContext Http,
        Client Client,
        IReadOnlyList<KeyValuePair<string, StringValues>> Parameters,
        ClaimsRequest Claims,
        ActiveSession? Session
    );
}

internal static class SessionProofs
{
    /// <summary>When the person last proved who they are: at sign-in, or since then by stepping up.</summary>
    public static DateTimeOffset LastProof(this ActiveSession session) =>
        session.StepUpAt > session.AuthTime ? session.StepUpAt.Value : session.AuthTime;
}
