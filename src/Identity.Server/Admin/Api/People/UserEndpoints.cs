using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Api.People;

/// <summary>Finds, makes and changes people.</summary>
internal static class UserEndpoints
{
    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.UserList, "Find people", ListAsync).Gives<ApiPage<UserSummary>>();
        routes.Map(AdminActions.UserShow, "Read a person", ShowAsync).Gives<UserDetail>();
        routes
            .Map(AdminActions.UserCreate, "Make a person and send an invitation", CreateAsync)
            .Takes<UserDraft>()
            .Makes<UserDetail>();
        routes
            .Map(AdminActions.UserProfile, "Change a profile", ChangeAsync)
            .Takes<UserChange>()
            .NeedsVersion()
            .GivesNothing();
        routes.Map(AdminActions.UserEmail, "Set another address", SetEmailAsync).Takes<EmailChange>().GivesNothing();
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        PeopleDirectory people,
        string? search,
        string? state,
        Guid? role,
        [FromQuery(Name = "not_seen_since")] DateTimeOffset? notSeenSince,
        string? cursor,
        int? limit
    )
    {
        if (StateOf(state) is not { } known)
            return ApiAnswer.Refuse(http, UnknownState("state"));
        PersonFilter filter = new(search, known, role, notSeenSince?.ToUniversalTime());
        var after = ApiRequest.Parts(cursor) is [var place] ? place : null;
        return ApiAnswer.Of(
            http,
            await people.SearchAsync(
                http.Caller(),
                filter,
                after,
                ApiRequest.Limit(limit, PeopleDirectory.MaxPage),
                http.RequestAborted
            ),
            static page =>
                ApiAnswer.Ok(
                    new ApiPage<UserSummary>
                    {
                        Items = [.. page.People.Select(UserSummary.Of)],
                        Next = page.Next is null ? null : ApiRequest.Cursor(page.Next),
                    }
                )
        );
    }

    private static async Task<IResult> ShowAsync(HttpContext http, PersonReader reader, Guid id) =>
        ApiAnswer.Of(
            http,
            await reader.FindAsync(http.Caller(), id, http.RequestAborted),
            static person => ApiAnswer.Ok(UserDetail.Of(person), ApiRequest.ETag(DataActions.VersionOf(person.Account)))
        );

    private static Task<IResult> CreateAsync(HttpContext http, AccessActions access) =>
        http.WithBodyAsync<UserDraft>(async draft =>
        {
            if (!EmailAddress.TryParse(draft.Email.Trim(), out var email))
                return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("email", "is not an email address."));
            NewAccount account = new(email, null, draft.Name, draft.GivenName, draft.FamilyName, draft.Locale);
            return ApiAnswer.Of(
                http,
                await access.CreateAsync(http.Caller(), account, http.ReadRequestContext(), http.RequestAborted),
                static person =>
                    ApiAnswer.Created(
                        $"{AdminResource.Path}/users/{person.Id}",
                        UserDetail.Of(person),
                        ApiRequest.ETag(DataActions.VersionOf(person))
                    )
            );
        });

    private static Task<IResult> ChangeAsync(HttpContext http, DataActions data, Guid id) =>
        http.WithVersionAsync(version =>
            http.WithBodyAsync<UserChange>(
                async (change, given) =>
                {
                    string? next = null;
                    var outcome = await data.ChangeProfileAsync(
                        http.Caller(),
                        id,
                        old =>
                        {
                            var profile = Merge(old, change, given);
                            next = DataActions.VersionOf(profile);
                            return profile;
                        },
                        version,
                        http.ReadRequestContext(),
                        http.RequestAborted
                    );
                    return outcome is AdminOutcome.Done or AdminOutcome.Refused { Rule: PersonRule.Already }
                        ? ApiAnswer.Done(ApiRequest.ETag(next!))
                        : ApiAnswer.Refuse(http, outcome);
                }
            )
        );

    private static Task<IResult> SetEmailAsync(HttpContext http, AccessActions access, Guid id) =>
        http.WithBodyAsync<EmailChange>(change =>
            http.ActAsync((actor, from, cancel) => access.SetEmailAsync(actor, id, change.Email, from, cancel))
        );

    private static ProfileChange Merge(UserAccount old, UserChange change, JsonElement given)
    {
        return new(
            Given("name") ? change.Name : old.Name,
            Given("given_name") ? change.GivenName : old.GivenName,
            Given("family_name") ? change.FamilyName : old.FamilyName,
            Given("locale") ? change.Locale : old.Locale,
            Given("zoneinfo") ? change.Zoneinfo : old.Zoneinfo
        );

        bool Given(string member) => given.TryGetProperty(member, out _);
    }

    internal static AdminOutcome.Invalid UnknownState(string field) =>
        new(field, "Use active, locked, deactivated or unverified.");

    internal static PersonState? StateOf(string? state) =>
        state switch
        {
            null => PersonState.Any,
            "active" => PersonState.Active,
            "locked" => PersonState.Locked,
            "deactivated" => PersonState.Deactivated,
            "unverified" => PersonState.Unverified,
            _ => null,
        };
}
