using Identity.Core.Clients;
using Identity.Core.Sessions;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary>A valid authorization request and the signed-in person: the input of the decision.</summary>
/// <param name="Request">Its parameters.</param>
/// <param name="Client">The client.</param>
/// <param name="Claims">The parsed <c>claims</c> parameter.</param>
/// <param name="Session">The session of the browser; null if nobody is signed in.</param>
/// <param name="IsHintedPerson">Whether the session belongs to the person of the <c>id_token_hint</c>; true without a
/// hint.</param>
/// <param name="IsClaimedPerson">Whether the session belongs to the person that the <c>claims</c> parameter names; true
/// if it names nobody.</param>
/// <param name="Answers">The markers of pages for this request.</param>
/// <param name="IsHintedLogin">Whether the session is the account that <c>login_hint</c> names; true where a browser
/// holds one account only, and if the hint names none.</param>
/// <param name="MayChoose">Whether nobody is current, and the browser holds other accounts to choose from.</param>
/// <param name="ChoosesFirst">Whether the browser may hold several accounts: then the person chooses one before
/// anything is asked of it.</param>
internal sealed record AuthorizeVisit(
    AuthorizationParameters Request,
    Client Client,
    ClaimsRequest Claims,
    ActiveSession? Session,
    bool IsHintedPerson,
    bool IsClaimedPerson,
    PageAnswers Answers,
    bool IsHintedLogin = true,
    bool MayChoose = false,
    bool ChoosesFirst = false
)
{
    /// <summary>Whether the person authenticated after this request had sent them to a page.</summary>
    public bool ProvedSinceAsked =>
        Session is { } session && Answers.Reauthenticate is { } marker && marker.IsBefore(session);

    /// <summary>Whether the person of this session answered a page about this request.</summary>
    public bool AnsweredPage =>
        ProvedSinceAsked || IsOfSession(Answers.AccountChosen) || IsOfSession(Answers.AskConsent);

    public bool ForbidsPages => Asks("none");

    public bool Asks(string prompt) => Request.Prompts.Contains(prompt);

    public bool IsOfSession(MarkerContent? marker) => marker is not null && marker.SessionId == Session?.Id;

    /// <summary>What must happen before a session with this context is sufficient.</summary>
    public ContextDemand DemandOf(string? reached) => WantedContexts.Judge(Request, Claims, Client, reached);
}

/// <summary>The markers in the request's URL that are valid for it; see <see cref="AuthorizeMarker"/>.</summary>
internal sealed record PageAnswers(
    MarkerContent? Reauthenticate = null,
    MarkerContent? AskConsent = null,
    MarkerContent? AccountChosen = null,
    MarkerContent? Deny = null
);
