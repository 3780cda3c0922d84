using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.People;

/// <summary>What people are signed in with, and what apps may do for them.</summary>
internal static class UserAccessEndpoints
{
    private const string Users = $"GET {AdminResource.Path}/users/{{id}}/";

    public static void Map(ApiRoutes routes)
    {
        routes
            .Map(
                AdminActions.UserShow,
                Users + "sessions",
                "user.sessions",
                "List the sessions of a person",
                SessionsAsync
            )
            .Gives<IReadOnlyList<SessionView>>();
        routes
            .Map(
                AdminActions.UserShow,
                Users + "grants",
                "user.grants",
                "List what apps may do for a person",
                GrantsAsync
            )
            .Gives<IReadOnlyList<GrantView>>();
        routes
            .Map(
                AdminActions.UserShow,
                Users + "personal-tokens",
                "user.personal-tokens",
                "List the personal access tokens of a person",
                TokensAsync
            )
            .Gives<IReadOnlyList<PersonalTokenView>>();
        routes
            .Map(AdminActions.UserShow, Users + "factors", "user.factors", "List the factors of a person", FactorsAsync)
            .Gives<FactorList>();
        routes.Map(AdminActions.SessionEnd, "End a session", EndAsync).GivesNothing();
        routes.Map(AdminActions.SessionEndAll, "End all sessions of a person", EndAllAsync).Gives<Count>();
        routes.Map(AdminActions.GrantRevoke, "Revoke a grant", RevokeAsync).GivesNothing();
        routes
            .Map(AdminActions.PersonalTokenCreate, "Make a personal access token for a person", MakeTokenAsync)
            .Takes<NewPersonalTokenBody>()
            .Makes<MadePersonalTokenView>();
        routes.Map(AdminActions.PersonalTokenRevoke, "Revoke a personal access token", RevokeTokenAsync).GivesNothing();
    }

    private static Task<IResult> SessionsAsync(HttpContext http, PersonReader reader, Guid id) =>
        PartAsync(http, reader, id, static person => person.Sessions.Select(SessionView.Of).ToArray());

    private static Task<IResult> GrantsAsync(HttpContext http, PersonReader reader, Guid id) =>
        PartAsync(http, reader, id, static person => person.Grants.Select(GrantView.Of).ToArray());

    private static Task<IResult> TokensAsync(HttpContext http, PersonReader reader, Guid id) =>
        PartAsync(http, reader, id, static person => person.Tokens.Select(PersonalTokenView.Of).ToArray());

    private static Task<IResult> FactorsAsync(HttpContext http, PersonReader reader, Guid id) =>
        PartAsync(
            http,
            reader,
            id,
            static person => new FactorList(
                person.Account.TwoFactorEnabled,
                [.. person.Passkeys.Select(PasskeyView.Of)]
            )
        );

    private static Task<IResult> EndAsync(HttpContext http, SessionActions sessions, Guid id, Guid session) =>
        http.ActAsync((actor, from, cancel) => sessions.EndAsync(actor, id, session, from, cancel));

    private static async Task<IResult> EndAllAsync(HttpContext http, SessionActions sessions, Guid id) =>
        ApiAnswer.Of(
            http,
            await sessions.EndAllAsync(http.Caller(), id, http.ReadRequestContext(), http.RequestAborted),
            static ended => ApiAnswer.Ok(new Count(ended))
        );

    private static Task<IResult> RevokeAsync(HttpContext http, SessionActions sessions, Guid id, Guid family) =>
        http.ActAsync((actor, from, cancel) => sessions.RevokeGrantAsync(actor, id, family, from, cancel));

    private static Task<IResult> MakeTokenAsync(HttpContext http, PersonalTokenActions tokens, Guid id) =>
        http.WithBodyAsync<NewPersonalTokenBody>(async body =>
            ApiAnswer.Of(
                http,
                await tokens.CreateAsync(
                    http.Caller(),
                    id,
                    new(body.Name, body.Scopes, body.Days),
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                made =>
                    ApiAnswer.Created(
                        $"{AdminResource.Path}/users/{id}/personal-tokens",
                        new MadePersonalTokenView(made.Id, made.Token.Value)
                    )
            )
        );

    private static Task<IResult> RevokeTokenAsync(HttpContext http, PersonalTokenActions tokens, Guid id, Guid token) =>
        http.ActAsync((actor, from, cancel) => tokens.RevokeAsync(actor, id, token, from, cancel));

    private static async Task<IResult> PartAsync(
        HttpContext http,
        PersonReader reader,
        Guid id,
        Func<PersonDetail, object> part
    ) =>
        ApiAnswer.Of(
            http,
            await reader.FindAsync(http.Caller(), id, http.RequestAborted),
            person => ApiAnswer.Ok(part(person))
        );
}
