using Identity.Core.Sessions;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary> The decision about a valid authorization request (OIDC Core 3.1.2). It depends only on the request, the
/// session and the markers of pages: it is made again on every visit, reads no clock or database, and knows no engine.
/// </summary>
internal abstract record AuthorizeDecision
{
    private const string Rule = "AuthorizeEndpoint";

    // OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
    private const string UnmetAuthenticationRequirements = "unmet_authentication_requirements";

    private AuthorizeDecision() { }

    /// <summary>The client gets an error.</summary>
    internal sealed record Refuse(Denial Denial) : AuthorizeDecision;

    /// <summary>The person goes to a page and returns to the same request.</summary>
    /// <param name="Path">One of <see cref="EndpointPaths"/>.</param>
    /// <param name="Marker">The marker in the return URL, so that the same question is asked once; null if the answer
    /// changes the session itself.</param>
    internal sealed record Show(string Path, MarkerKind? Marker = null) : AuthorizeDecision;

    /// <summary>The client gets a code if the stored consent covers the request.</summary>
    internal sealed record Grant(ActiveSession Session) : AuthorizeDecision;

    public static AuthorizeDecision Of(AuthorizeVisit visit)
    {
        if (visit.Answers.Deny is { Error: { } error })
            return new Refuse(new("Person", ErrorOf(visit, error), "The person did not agree."));
        // Also beside a session: the person wants another account. Who signed up has signed in since.
        if (visit.Asks(AuthorizationParameters.CreatePrompt) && !visit.ProvedSinceAsked)
            return new Show(EndpointPaths.SignUpPage, MarkerKind.Reauthenticate);
        if (visit.Session is not { } session)
            return visit.MayChoose ? ChooseAccount(visit) : SignIn(visit, "no session");
        if (visit.ChoosesFirst && MustChooseAccount(visit))
            return ChooseAccount(visit);
        if (SignInProblem(visit, session) is { } problem)
            return SignIn(visit, problem);
        if (visit.DemandOf(session.Acr) is not ContextDemand.Met and var demand)
            return MeetDemand(visit, demand);
        if (MustChooseAccount(visit))
            return ChooseAccount(visit);
        if (visit.Asks(PromptValues.Consent) && !visit.IsOfSession(visit.Answers.AskConsent))
            return Consent(visit);
        // The document may have changed since an earlier consent, and only its host vouches for what it says.
        if (visit.Client.IsFromDocument && !visit.IsOfSession(visit.Answers.AskConsent))
            return Consent(
                visit,
                Errors.ConsentRequired,
                "The person must see each request of an app that only its metadata document describes.",
                "an answered consent page"
            );
        // RFC 8252 section 8.6: any program that can receive this redirect can impersonate the client, so an earlier
        // consent does not identify the current caller. A page that the person answered for this request is enough.
        if (visit.Client.CanBeImpersonatedAt(visit.Request.RedirectUri!) && !visit.AnsweredPage)
            return Consent(
                visit,
                Errors.InteractionRequired,
                "The person must see a request of an app whose redirect URI others on the device can receive.",
                "a page that the person answers"
            );
        return new Grant(session);
    }

    /// <summary>The person must sign in, for the operator's <paramref name="reason"/>.</summary>
    public static AuthorizeDecision SignIn(AuthorizeVisit visit, string reason) =>
        // A person who signed in again and is not the person of the hint would not become it by another sign-in (OIDC
        // Core 3.1.2.1, id_token_hint).
        visit.ForbidsPages || visit.ProvedSinceAsked
            ? new Refuse(
                new(Rule, Errors.LoginRequired, "The person must sign in.", "a session that suits the request", reason)
            )
            : new Show(EndpointPaths.SignInPage, MarkerKind.Reauthenticate);

    // OIDC Core 3.1.2.6 has an error of its own for a browser with several sessions.
    private static AuthorizeDecision ChooseAccount(AuthorizeVisit visit) =>
        visit.ForbidsPages
            ? new Refuse(
                new(
                    Rule,
                    Errors.AccountSelectionRequired,
                    "The person must choose an account.",
                    "a current session, or a hint at one of the accounts"
                )
            )
            : new Show(EndpointPaths.ChooseAccountPage, MarkerKind.Reauthenticate);

    /// <summary>The person must consent, because the stored consent does not cover the request.</summary>
    public static AuthorizeDecision Consent(AuthorizeVisit visit) =>
        Consent(
            visit,
            Errors.ConsentRequired,
            "The person must consent.",
            "a remembered consent that covers the scopes"
        );

    private static AuthorizeDecision Consent(AuthorizeVisit visit, string error, string description, string expected) =>
        visit.ForbidsPages
            ? new Refuse(new(Rule, error, description, expected))
            : new Show(EndpointPaths.ConsentPage, MarkerKind.AskConsent);

    // Null if the session is sufficient for this request.
    private static string? SignInProblem(AuthorizeVisit visit, ActiveSession session)
    {
        if (!visit.IsHintedPerson)
            return "the session is another person's than id_token_hint names";
        if (!visit.IsClaimedPerson)
            return "the session is another person's than the claims parameter names";
        if (visit.ProvedSinceAsked)
            return null;
        if (!visit.IsHintedLogin)
            return "the session is another person's than login_hint names";
        if (visit.Asks(PromptValues.Login))
            return "the client asks for a new sign-in";
        return
            (visit.Request.MaxAge ?? visit.Client.DefaultMaxAge) is { } maxAge
            && session.ReadAt - session.LastProof > maxAge
            ? "the sign-in is older than max_age"
            : null;
    }

    // A new sign-in includes the choice, so it satisfies this too, unless the person of several accounts chooses first.
    // It cannot be combined with prompt=none: none with another value is refused (OIDC Core 3.1.2.1).
    private static bool MustChooseAccount(AuthorizeVisit visit) =>
        visit.Asks(PromptValues.SelectAccount)
        && !visit.ProvedSinceAsked
        && !visit.IsOfSession(visit.Answers.AccountChosen);

    // MF-8. No marker is needed: the page raises the session to the requested context, or the person declines.
    private static AuthorizeDecision MeetDemand(AuthorizeVisit visit, ContextDemand demand)
    {
        var wanted = string.Join(' ', WantedContexts.Of(visit.Request, visit.Claims, visit.Client));
        if (demand == ContextDemand.Impossible)
            return new Refuse(
                new(
                    Rule,
                    UnmetAuthenticationRequirements,
                    "No sign-in here reaches the authentication context that is asked for.",
                    string.Join(' ', AuthenticationContext.Supported),
                    wanted
                )
            );
        return visit.ForbidsPages
            ? new Refuse(
                new(
                    Rule,
                    Errors.InteractionRequired,
                    "The person must show a second factor.",
                    wanted,
                    visit.Session?.Acr
                )
            )
            : new Show(EndpointPaths.ConfirmIdentityPage);
    }

    // A person who declines an essential requirement has failed to authenticate as requested (OIDC Core 5.5.1.1).
    private static string ErrorOf(AuthorizeVisit visit, string error) =>
        error == Errors.AccessDenied
        && visit.Claims.AcrEssential
        && visit.DemandOf(visit.Session?.Acr) != ContextDemand.Met
            ? UnmetAuthenticationRequirements
            : error;
}
