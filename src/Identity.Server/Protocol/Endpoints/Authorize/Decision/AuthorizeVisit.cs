using Identity.Core.Clients;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary>A valid authorization request together with who is signed in: all that the decision rests on.</summary>
/// <param name="Request">Its parameters.</param>
/// <param name="Client">Who asks.</param>
/// <param name="Claims">The <c>claims</c> parameter, read.</param>
/// <param name="Session">The session of the browser; null when nobody is signed in.</param>
/// <param name="IsHintedPerson">Whether the session is of the person of the <c>id_token_hint</c>; true without a
/// hint.</param>
/// <param name="IsClaimedPerson">Whether the session is of the person that the <c>claims</c> parameter names; true when
/// it names nobody.</param>
/// <param name="Answers">What pages noted of this very request.</param>
internal sealed record AuthorizeVisit(
    AuthorizationParameters Request,
    Client Client,
    ClaimsRequest Claims,
    ActiveSession? Session,
    bool IsHintedPerson,
    bool IsClaimedPerson,
    PageAnswers Answers
)
{
    /// <summary>Whether the person proved who they are after this request had sent them to a page.</summary>
    public bool ProvedSinceAsked =>
        Session is { } session
        && Answers.Reauthenticate is { } marker
        // Whether the proof is a new one is judged by the database's clock alone. Only where nobody was signed in when
        // the question was put, the host's clock has to do, which may differ a little.
        && session.LastProof > (marker.LastProof ?? marker.Moment - TimeSpan.FromMinutes(1));

    /// <summary>Whether the person of this session answered a page about this very request.</summary>
    public bool AnsweredPage =>
        ProvedSinceAsked || IsOfSession(Answers.AccountChosen) || IsOfSession(Answers.AskConsent);

    public bool ForbidsPages => Asks("none");

    public bool Asks(string prompt) => Request.Prompts.Contains(prompt);

    public bool IsOfSession(MarkerContent? marker) => marker is not null && marker.SessionId == Session?.Id;

    /// <summary>What must happen before a session with this context is good enough.</summary>
    public ContextDemand DemandOf(string? reached) => WantedContexts.Judge(Request, Claims, Client, reached);
}

/// <summary>The markers in the request's URL that are valid for it; see <see cref="AuthorizeMarker"/>.</summary>
internal sealed record PageAnswers(
    MarkerContent? Reauthenticate = null,
    MarkerContent? AskConsent = null,
    MarkerContent? AccountChosen = null,
    MarkerContent? Deny = null
);
