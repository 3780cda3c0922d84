using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Protocol.Denials;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary>What an engine answers to a valid authorization request.</summary>
internal abstract record AuthorizationOutcome
{
    private AuthorizationOutcome() { }

    /// <summary>The client gets an error.</summary>
    internal sealed record Refused(Denial Denial) : AuthorizationOutcome;

    /// <summary>The person goes to a page of this provider and returns to the same request.</summary>
    /// <param name="Location">The page with its return URL, relative to the issuer.</param>
    internal sealed record Page(string Location) : AuthorizationOutcome;

    /// <summary>The client gets a code.</summary>
    internal sealed record Issued(string Code, ActiveSession Session) : AuthorizationOutcome
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "Issued";
    }
}

/// <summary>A valid authorization request, as an engine hands it over.</summary>
/// <param name="Url">The parameters of the URL with which the person returns to it.</param>
/// <param name="HintedSubject">The subject of a verified <c>id_token_hint</c>; null without one.</param>
internal sealed record ValidAuthorization(
    AuthorizationParameters Request,
    Client Client,
    IReadOnlyList<KeyValuePair<string, StringValues>> Url,
    string? HintedSubject
);

/// <summary> Makes the <see cref="AuthorizeDecision"/> about a valid authorization request and carries it out as far as
/// no engine is needed: the code is issued, the address of the page is made. Two SQL commands with a session: the
/// session, and the code.
/// </summary>
internal sealed class AuthorizationDecider(
    AuthorizeMarker markers,
    IssueCode issue,
    SessionChoice choice,
    BrowserAccounts accounts,
    TimeProvider time
)
{
    public async Task<AuthorizationOutcome> DecideAsync(HttpContext http, ValidAuthorization valid)
    {
        var visit = await VisitOfAsync(http, valid);
        var decision = AuthorizeDecision.Of(visit);
        if (decision is AuthorizeDecision.Grant { Session: var session })
        {
            var issued = await issue.IssueAsync(valid.Request, valid.Client, session, http.RequestAborted);
            if (issued is CodeIssue.Issued { Code: var code })
                return new AuthorizationOutcome.Issued(code, session);
            decision =
                issued is CodeIssue.ConsentNeeded
                    ? AuthorizeDecision.Consent(visit)
                    : AuthorizeDecision.SignIn(visit, "the session ended meanwhile");
        }
        switch (decision)
        {
            case AuthorizeDecision.Refuse refusal:
                return new AuthorizationOutcome.Refused(refusal.Denial);
            case AuthorizeDecision.Show page:
                // The page acts for the account of this request.
                if (visit.Session is { } answering)
                    BrowserAccounts.MakeCurrent(http, answering.Id);
                return new AuthorizationOutcome.Page(LocationOf(valid, page, visit.Session));
            default:
                throw new InvalidOperationException("A grant without a code is a page or a refusal.");
        }
    }

    private async Task<AuthorizeVisit> VisitOfAsync(HttpContext http, ValidAuthorization valid)
    {
        var claims = ClaimsRequest.Of(valid.Request);
        PageAnswers answers = new(
            ReadMarker(MarkerKind.Reauthenticate),
            ReadMarker(MarkerKind.AskConsent),
            ReadMarker(MarkerKind.AccountChosen),
            ReadMarker(MarkerKind.Deny)
        );
        var chosen = await choice.OfAsync(
            http,
            new(valid.Client, valid.HintedSubject, claims.Subject, valid.Request.LoginHint, answers)
        );
        if (chosen.Session is not null)
            http.AnswerAs(chosen.Session);
        return new(
            valid.Request,
            valid.Client,
            claims,
            chosen.Session,
            IsPerson(valid.HintedSubject),
            IsPerson(claims.Subject),
            answers,
            chosen.IsHintedLogin,
            chosen.MayChoose,
            accounts.AreSeveral
        );

        bool IsPerson(string? subject) => chosen.Session is not { } one || choice.IsPerson(valid.Client, one, subject);

        MarkerContent? ReadMarker(MarkerKind kind)
        {
            var name = AuthorizeMarker.ParameterOf(kind);
            return markers.Read(kind, valid.Url, valid.Url.FirstOrDefault(parameter => parameter.Key == name).Value);
        }
    }

    private string LocationOf(ValidAuthorization valid, AuthorizeDecision.Show page, ActiveSession? session)
    {
        (string, string)[] marker = page.Marker is { } kind
            ?
            [
                (
                    AuthorizeMarker.ParameterOf(kind),
                    markers.Write(
                        kind,
                        valid.Url,
                        new(time.GetUtcNow(), session?.Id, session?.LastProof, ReadAt: session?.ReadAt)
                    )
                ),
            ]
            : [];
        return page.Path
            + "?returnUrl="
            + Uri.EscapeDataString(ParameterUrl.Of(EndpointPaths.Authorize, valid.Url, marker));
    }
}
