using Identity.Core.Administration;
using Identity.Core.Roles;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.Roles;

/// <summary>Roles, and who holds them.</summary>
internal static class RoleEndpoints
{
    private const string One = $"GET {AdminResource.Path}/roles/{{id}}";
    private const string OfPerson = $"GET {AdminResource.Path}/users/{{id}}/roles";

    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.RoleList, "List roles", ListAsync).Gives<ApiPage<RoleView>>();
        routes.Map(AdminActions.RoleList, One, "role.read", "Read a role", ReadAsync).Gives<RoleView>();
        routes
            .Map(AdminActions.RoleList, One + "/holders", "role.holders", "List who holds a role", HoldersAsync)
            .Gives<ApiPage<MemberView>>();
        routes.Map(AdminActions.RoleCreate, "Make a role", CreateAsync).Takes<RoleBody>().Makes<RoleView>();
        routes
            .Map(AdminActions.RoleChange, "Change a role", ChangeAsync)
            .Takes<RoleChangeBody>()
            .NeedsVersion()
            .Gives<RoleView>();
        routes.Map(AdminActions.RoleDelete, "Delete a role", DeleteAsync).TakesVersion().GivesNothing();
        routes
            .Map(AdminActions.RoleList, OfPerson, "user.roles", "List the roles of a person", OfPersonAsync)
            .Gives<IReadOnlyList<HeldRoleView>>();
        routes.Map(AdminActions.RoleGrant, "Grant a role", GrantAsync).GivesNothing();
        routes.Map(AdminActions.RoleWithdraw, "Withdraw a role", WithdrawAsync).GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, RoleDirectory roles, string? cursor, int? limit)
    {
        var take = ApiRequest.Limit(limit, RoleDirectory.MaxPage - 1);
        return ApiAnswer.Of(
            http,
            await roles.ListAsync(http.Caller(), After(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(read, take, RoleView.Of, static role => [role.Name, role.Id.ToString("D")])
                )
        );
    }

    private static async Task<IResult> ReadAsync(HttpContext http, RoleDirectory roles, Guid id) =>
        ApiAnswer.Of(http, await roles.ReadAsync(http.Caller(), id, http.RequestAborted), Show);

    private static async Task<IResult> HoldersAsync(
        HttpContext http,
        RoleDirectory roles,
        Guid id,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, RoleDirectory.MaxPage - 1);
        return ApiAnswer.Of(
            http,
            await roles.HoldersAsync(http.Caller(), id, ApiRequest.Id(cursor), take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(ApiRequest.Page(read, take, MemberView.Of, static member => [member.UserId.ToString("D")]))
        );
    }

    private static Task<IResult> CreateAsync(HttpContext http, RoleStore roles) =>
        http.WithBodyAsync<RoleBody>(async body =>
            ApiAnswer.Of(
                http,
                await roles.CreateAsync(
                    http.Caller(),
                    new(body.Name, body.ClientId, body.Description, body.Permissions),
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static role =>
                    ApiAnswer.Created(
                        $"{AdminResource.Path}/roles/{role.Id}",
                        RoleView.Of(role),
                        ApiRequest.ETag(role.Version)
                    )
            )
        );

    private static Task<IResult> ChangeAsync(HttpContext http, RoleStore roles, Guid id) =>
        http.WithNumberAsync(version =>
            http.WithBodyAsync<RoleChangeBody>(async body =>
                ApiAnswer.Of(
                    http,
                    await roles.ChangeAsync(
                        http.Caller(),
                        id,
                        new(body.Name, null, body.Description, body.Permissions),
                        version,
                        http.ReadRequestContext(),
                        http.RequestAborted
                    ),
                    Show
                )
            )
        );

    private static Task<IResult> DeleteAsync(HttpContext http, RoleStore roles, Guid id) =>
        http.ActAsync(
            (actor, from, cancel) => roles.DeleteAsync(actor, id, ApiPrecondition.Number(http), from, cancel)
        );

    private static async Task<IResult> OfPersonAsync(HttpContext http, RoleDirectory roles, Guid id) =>
        ApiAnswer.Of(
            http,
            await roles.OfPersonAsync(http.Caller(), id, http.RequestAborted),
            static held =>
                ApiAnswer.Ok(held.Select(static one => new HeldRoleView(RoleView.Of(one.Role), one.Group)).ToArray())
        );

    private static Task<IResult> GrantAsync(HttpContext http, RoleGrants grants, Guid id, Guid role) =>
        http.ActAsync((actor, from, cancel) => grants.GrantAsync(actor, role, id, from, cancel));

    private static Task<IResult> WithdrawAsync(HttpContext http, RoleGrants grants, Guid id, Guid role) =>
        http.ActAsync((actor, from, cancel) => grants.WithdrawAsync(actor, role, id, from, cancel));

    private static IResult Show(Role role) => ApiAnswer.Ok(RoleView.Of(role), ApiRequest.ETag(role.Version));

    // Of the place in the list, name and id count.
    private static Role? After(string? cursor) =>
        ApiRequest.Parts(cursor) is [var name, var id] && Guid.TryParse(id, out var row)
            ? new(row, name, null, null, false, [], false, 0, default, default)
            : null;
}
