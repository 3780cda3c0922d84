using Identity.Core.Administration;
using Identity.Core.Roles;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Roles;

/// <summary>Groups, who is in them, and which roles they carry.</summary>
internal static class GroupEndpoints
{
    private const string One = $"GET {AdminResource.Path}/groups/{{id}}";
    private const string OfPerson = $"GET {AdminResource.Path}/users/{{id}}/groups";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.GroupList, "List groups", ListAsync).Gives<ApiPage<GroupView>>();
        routes.Map(AdminActions.GroupList, One, "group.read", "Read a group", ReadAsync).Gives<GroupView>();
        routes
            .Map(AdminActions.GroupList, One + "/members", "group.members", "List who is in a group", MembersAsync)
            .Gives<ApiPage<MemberView>>();
        routes
            .Map(AdminActions.RoleList, One + "/roles", "group.roles", "List the roles of a group", RolesAsync)
            .Gives<IReadOnlyList<RoleView>>();
        routes
            .Map(AdminActions.GroupList, OfPerson, "user.groups", "List the groups of a person", OfPersonAsync)
            .Gives<IReadOnlyList<GroupView>>();
        routes.Map(AdminActions.GroupCreate, "Make a group", CreateAsync).Takes<GroupBody>().Makes<GroupView>();
        routes
            .Map(AdminActions.GroupChange, "Change a group", ChangeAsync)
            .Takes<GroupBody>()
            .NeedsVersion()
            .Gives<GroupView>();
        routes.Map(AdminActions.GroupDelete, "Delete a group", DeleteAsync).TakesVersion().GivesNothing();
        routes.Map(AdminActions.GroupAddMember, "Put a person into a group", AddAsync).GivesNothing();
        routes.Map(AdminActions.GroupRemoveMember, "Take a person out of a group", RemoveAsync).GivesNothing();
        routes.Map(AdminActions.GroupGrantRole, "Give a role to a group", GrantAsync).GivesNothing();
        routes.Map(AdminActions.GroupWithdrawRole, "Take a role from a group", WithdrawAsync).GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, GroupDirectory groups, string? cursor, int? limit)
    {
        var take = ApiRequest.Limit(limit, RoleDirectory.MaxPage - 1);
        return ApiAnswer.Of(
            http,
            await groups.ListAsync(http.Caller(), After(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(read, take, GroupView.Of, static group => [group.Name, group.Id.ToString("D")])
                )
        );
    }

    private static async Task<IResult> ReadAsync(HttpContext http, GroupDirectory groups, Guid id) =>
        ApiAnswer.Of(http, await groups.ReadAsync(http.Caller(), id, http.RequestAborted), Show);

    private static async Task<IResult> MembersAsync(
        HttpContext http,
        GroupDirectory groups,
        Guid id,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, RoleDirectory.MaxPage - 1);
        return ApiAnswer.Of(
            http,
            await groups.MembersAsync(http.Caller(), id, ApiRequest.Id(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(ApiRequest.Page(read, take, MemberView.Of, static member => [member.UserId.ToString("D")]))
        );
    }

    private static async Task<IResult> RolesAsync(HttpContext http, RoleDirectory roles, Guid id) =>
        ApiAnswer.Of(
            http,
            await roles.OfGroupAsync(http.Caller(), id, http.RequestAborted),
            static carried => ApiAnswer.Ok(carried.Select(RoleView.Of).ToArray())
        );

    private static async Task<IResult> OfPersonAsync(HttpContext http, GroupDirectory groups, Guid id) =>
        ApiAnswer.Of(
            http,
            await groups.OfPersonAsync(http.Caller(), id, http.RequestAborted),
            static theirs => ApiAnswer.Ok(theirs.Select(GroupView.Of).ToArray())
        );

    private static Task<IResult> CreateAsync(HttpContext http, GroupStore groups) =>
        http.WithBodyAsync<GroupBody>(async body =>
            ApiAnswer.Of(
                http,
                await groups.CreateAsync(
                    http.Caller(),
                    new(body.Name, body.Description),
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static group =>
                    ApiAnswer.Created(
                        $"{AdminResource.Path}/groups/{group.Id}",
                        GroupView.Of(group),
                        ApiRequest.ETag(group.Version)
                    )
            )
        );

    private static Task<IResult> ChangeAsync(HttpContext http, GroupStore groups, Guid id) =>
        http.WithNumberAsync(version =>
            http.WithBodyAsync<GroupBody>(async body =>
                ApiAnswer.Of(
                    http,
                    await groups.ChangeAsync(
                        http.Caller(),
                        id,
                        new(body.Name, body.Description),
                        version,
                        http.ReadRequestContext(),
                        http.RequestAborted
                    ),
                    Show
                )
            )
        );

    private static Task<IResult> DeleteAsync(HttpContext http, GroupStore groups, Guid id) =>
        http.ActAsync(
            (actor, from, cancel) => groups.DeleteAsync(actor, id, ApiPrecondition.Number(http), from, cancel)
        );

    private static Task<IResult> AddAsync(HttpContext http, GroupMembers members, Guid id, Guid user) =>
        http.ActAsync((actor, from, cancel) => members.AddAsync(actor, id, user, from, cancel));

    private static Task<IResult> RemoveAsync(HttpContext http, GroupMembers members, Guid id, Guid user) =>
        http.ActAsync((actor, from, cancel) => members.RemoveAsync(actor, id, user, from, cancel));

    private static Task<IResult> GrantAsync(HttpContext http, GroupRoles roles, Guid id, Guid role) =>
        http.ActAsync((actor, from, cancel) => roles.GrantAsync(actor, id, role, from, cancel));

    private static Task<IResult> WithdrawAsync(HttpContext http, GroupRoles roles, Guid id, Guid role) =>
        http.ActAsync((actor, from, cancel) => roles.WithdrawAsync(actor, id, role, from, cancel));

    private static IResult Show(Group group) => ApiAnswer.Ok(GroupView.Of(group), ApiRequest.ETag(group.Version));

    // Of the place in the list, name and id count.
    private static Group? After(string? cursor) =>
        ApiRequest.Parts(cursor) is [var name, var id] && Guid.TryParse(id, out var row)
            ? new(row, name, null, 0, default, default)
            : null;
}
