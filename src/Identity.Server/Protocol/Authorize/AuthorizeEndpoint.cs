using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Par;
using Identity.Server.Protocol.Requests;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Authorize;

/// <summary>
/// What becomes of a valid authorization request (OIDC Core 3.1.2): a refusal, a page, or a code. It decides from the session and the request alone, anew at every
/// visit; only <see cref="AuthorizeMarker"/> remembers that a page was shown already. Two SQL commands with a session: the session, and the code.
/// </summary>
internal sealed class AuthorizeEndpoint(ClientRegistry registry, AuthorizeMarker markers, IssueCode issue, TimeProvider time)
    : IOpenIddictServerHandler<HandleAuthorizationRequestContext>
{
    public async ValueTask HandleAsync(HandleAuthorizationRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!.HttpContext;
        var client = registry.Find(context.ClientId)!;
        var parameters = context.Transaction.GetRunningRequest()?.UrlParameters ?? ParameterUrl.ParametersOf(http.Request);
        Visit visit = new(context, http, client, parameters, await http.GetActiveSessionAsync());

        if (ReadMarker(visit, MarkerKind.Deny) is { Error: { } error })
            context.Deny(new("Person", error, "The person did not agree."));
        else if (visit.Session is not { } session)
            AskToSignIn(visit, "no session");
        else if (SignInProblem(visit, session) is { } problem)
            AskToSignIn(visit, problem);
        else if (LacksSecondFactor(visit, session))
            AskForSecondFactor(visit);
        else if (context.Request.HasPromptValue(PromptValues.Consent) && ReadMarker(visit, MarkerKind.AskConsent)?.SessionId != session.Id)
            AskToConsent(visit);
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
        if (visit.Context.IdentityTokenHintPrincipal?.GetClaim(Claims.Subject) is { } hinted && hinted != session.UserId.ToString("D"))
            return "the session is another person's than id_token_hint names";
        if (ProvedSinceAsked(visit, session))
            return null;
        if (request.HasPromptValue(PromptValues.Login) || request.HasPromptValue(PromptValues.SelectAccount))
            return "the client asks for a new sign-in";
        if ((RequireSoundMaxAge.Read(request) ?? visit.Client.DefaultMaxAge) is { } maxAge && time.GetUtcNow() - session.LastProof() > maxAge)
            return "the sign-in is older than max_age";
        return null;
    }

    private bool ProvedSinceAsked(Visit visit, ActiveSession session) =>
        ReadMarker(visit, MarkerKind.Reauthenticate) is { } marker
        // The clocks of database and host may differ a little; that the proof is a new one is judged by the database's clock alone.
        && session.LastProof() > marker.Moment - TimeSpan.FromMinutes(1) && (marker.LastProof is null || session.LastProof() > marker.LastProof);

    private void AskToSignIn(Visit visit, string reason)
    {
        if (visit.Context.Request.HasPromptValue(PromptValues.None) || IsWrongPersonAgain(visit))
        {
            visit.Context.Deny(new(nameof(AuthorizeEndpoint), Errors.LoginRequired, "The person must sign in.", "a session that suits the request", reason));
            return;
        }

        var marker = markers.Write(MarkerKind.Reauthenticate, visit.Parameters, new(time.GetUtcNow(), visit.Session?.Id, visit.Session?.LastProof()));
        Leave(visit, Endpoints.SignInPage, (AuthorizeMarker.ParameterOf(MarkerKind.Reauthenticate), marker));
    }

    // Who signed in anew and is still not the person of the hint will not be by signing in once more (OIDC Core 3.1.2.1, id_token_hint).
    private bool IsWrongPersonAgain(Visit visit) => visit.Session is { } session && ProvedSinceAsked(visit, session);

    // MF-8. No marker is needed: the page either raises the session to what is asked for, or the person says no.
    private static bool LacksSecondFactor(Visit visit, ActiveSession session) => AuthenticationContext.Judge(
        visit.Context.Request.GetAcrValues() is { IsEmpty: false } asked ? asked : visit.Client.DefaultAcrValues, session.Acr, essential: false) == ContextDemand.StepUp;

    private static void AskForSecondFactor(Visit visit)
    {
        if (visit.Context.Request.HasPromptValue(PromptValues.None))
            visit.Context.Deny(new(nameof(AuthorizeEndpoint), Errors.InteractionRequired, "The person must show a second factor.", AuthenticationContext.TwoFactors, visit.Session?.Acr));
        else
            Leave(visit, Endpoints.ConfirmIdentityPage);
    }

    private void AskToConsent(Visit visit)
    {
        if (visit.Context.Request.HasPromptValue(PromptValues.None))
        {
            visit.Context.Deny(new(nameof(AuthorizeEndpoint), Errors.ConsentRequired, "The person must consent.", "a remembered consent that covers the scopes"));
            return;
        }

        var marker = markers.Write(MarkerKind.AskConsent, visit.Parameters, new(time.GetUtcNow(), visit.Session?.Id));
        Leave(visit, Endpoints.ConsentPage, (AuthorizeMarker.ParameterOf(MarkerKind.AskConsent), marker));
    }

    private static void Leave(Visit visit, string page, params (string Name, string Value)[] marker)
    {
        var response = visit.Http.Response;
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = page + "?returnUrl=" + Uri.EscapeDataString(ParameterUrl.Of(Endpoints.Authorize, visit.Parameters, marker));
        response.Headers.CacheControl = "no-store";
        visit.Context.HandleRequest();
    }

    private MarkerContent? ReadMarker(Visit visit, MarkerKind kind)
    {
        var name = AuthorizeMarker.ParameterOf(kind);
        return markers.Read(kind, visit.Parameters, visit.Parameters.FirstOrDefault(parameter => parameter.Key == name).Value);
    }

    private sealed record Visit(
        HandleAuthorizationRequestContext Context, HttpContext Http, Client Client, IReadOnlyList<KeyValuePair<string, StringValues>> Parameters, ActiveSession? Session);
}

internal static class SessionProofs
{
    /// <summary>When the person last proved who they are: at sign-in, or since then by stepping up.</summary>
    public static DateTimeOffset LastProof(this ActiveSession session) => session.StepUpAt > session.AuthTime ? session.StepUpAt.Value : session.AuthTime;
}
