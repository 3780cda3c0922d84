using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Profile;
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
    SubjectIdentifiers subjects,
    TimeProvider time
)
{
    public async Task<AuthorizationOutcome> DecideAsync(HttpContext http, ValidAuthorization valid)
    {
        var visit = VisitOf(valid, await http.GetActiveSessionAsync());
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
        return decision switch
        {
            AuthorizeDecision.Refuse refusal => new AuthorizationOutcome.Refused(refusal.Denial),
            AuthorizeDecision.Show page => new AuthorizationOutcome.Page(LocationOf(valid, page, visit.Session)),
            _ => throw new InvalidOperationException("A grant without a code is a page or a refusal."),
        };
    }

    private AuthorizeVisit VisitOf(ValidAuthorization valid, ActiveSession? session)
    {
        var claims = ClaimsRequest.Of(valid.Request);
        return new(
            valid.Request,
            valid.Client,
            claims,
            session,
            IsPerson(valid.HintedSubject),
            IsPerson(claims.Subject),
            new(
                ReadMarker(MarkerKind.Reauthenticate),
                ReadMarker(MarkerKind.AskConsent),
                ReadMarker(MarkerKind.AccountChosen),
                ReadMarker(MarkerKind.Deny)
            )
        );

        bool IsPerson(string? subject) =>
            subject is null || session is null || subjects.Matches(valid.Client, session.UserId, subject);

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
                    markers.Write(kind, valid.Url, new(time.GetUtcNow(), session?.Id, session?.LastProof))
                ),
            ]
            : [];
        return page.Path
            + "?returnUrl="
            + Uri.EscapeDataString(ParameterUrl.Of(EndpointPaths.Authorize, valid.Url, marker));
    }
}
