using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Core.Sessions;
using Identity.Server.Browser;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary>Whom an authorization request names, and the pages that were answered for it.</summary>
/// <param name="Hinted">The <c>sub</c> of the <c>id_token_hint</c>.</param>
/// <param name="Claimed">The <c>sub</c> that the <c>claims</c> parameter demands.</param>
/// <param name="LoginHint">The <c>login_hint</c>.</param>
internal sealed record WantedPerson(
    Client Client,
    string? Hinted,
    string? Claimed,
    string? LoginHint,
    PageAnswers Answers
);

/// <summary>The session that answers a request.</summary>
/// <param name="Session">Null if nobody is signed in who could be meant.</param>
/// <param name="IsHintedLogin">Whether it is the account that <c>login_hint</c> names; true if that names none.</param>
/// <param name="MayChoose">Whether there is no current session, and others to choose from.</param>
internal sealed record ChosenSession(ActiveSession? Session, bool IsHintedLogin = true, bool MayChoose = false);

/// <summary> Chooses among the sessions of a browser with several accounts (OIDC Core 3.1.2.1): the one whose person
/// answered a page for this request, else the current one if it suits the hints, else another that suits them. A
/// browser with one session needs no statement beside that of the session.
/// </summary>
internal sealed class SessionChoice(BrowserAccounts accounts, SubjectIdentifiers subjects)
{
    public async Task<ChosenSession> OfAsync(HttpContext http, WantedPerson wanted)
    {
        var current = await http.GetActiveSessionAsync();
        if (!accounts.AreSeveral)
            return new(current);
        // What a tab began for one account goes on for it, whatever another tab has chosen meanwhile.
        if (AnsweredBy(wanted.Answers, current) is { } answered && await accounts.FindAsync(http, answered) is { } same)
            return new(same);
        if (current is not null && Suits(current, wanted) || !accounts.HoldsOthers(http))
            return new(current, current is null || IsNamed(current, wanted));

        var held = await accounts.ListAsync(http);
        if (held.FirstOrDefault(session => NamesSomebody(wanted) && Suits(session, wanted)) is { } meant)
            return new(await accounts.FindAsync(http, meant.Id));
        return current is null
            ? new(null, MayChoose: held.Count > 0 && !NamesSomebody(wanted))
            : new(current, IsNamed(current, wanted));
    }

    /// <summary>Whether the <c>sub</c> is this person's for the client; true without one.</summary>
    public bool IsPerson(Client client, ActiveSession session, string? subject) =>
        subject is null || subjects.Matches(client, session.UserId, subject);

    // The last page counts: consent comes after a new sign-in, and that after the choice.
    private static Guid? AnsweredBy(PageAnswers answers, ActiveSession? current) =>
        answers.AskConsent?.SessionId
        ?? (
            current is not null && answers.Reauthenticate is { } asked && asked.IsBefore(current)
                ? current.Id
                : answers.AccountChosen?.SessionId
        );

    private bool Suits(ActiveSession session, WantedPerson wanted) =>
        IsPerson(wanted.Client, session, wanted.Hinted)
        && IsPerson(wanted.Client, session, wanted.Claimed)
        && IsNamed(session, wanted);

    private bool IsNamed(ActiveSession session, WantedPerson wanted) =>
        EmailAddress.TryParse(wanted.LoginHint, out var email)
            ? EmailAddress.Parse(session.Email).Canonical == email.Canonical
            : subjects.Find(wanted.Client, wanted.LoginHint) is not { } userId || session.UserId == userId;

    private bool NamesSomebody(WantedPerson wanted) =>
        wanted.Hinted is not null
        || wanted.Claimed is not null
        || EmailAddress.TryParse(wanted.LoginHint, out _)
        || subjects.Find(wanted.Client, wanted.LoginHint) is not null;
}
