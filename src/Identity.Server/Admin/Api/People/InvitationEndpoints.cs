using Identity.Core.Administration;
using Identity.Core.Primitives;
using Identity.Core.SignUp;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.People;

/// <summary>Who is invited, and to which roles and groups.</summary>
internal sealed class InvitationBody
{
    public required string Email { get; init; }
    public string? Locale { get; init; }
    public IReadOnlyList<Guid>? Roles { get; init; }
    public IReadOnlyList<Guid>? Groups { get; init; }
}

/// <summary>An invitation that was sent.</summary>
internal sealed record SentInvitation(Guid Id);

/// <summary>Invites people to create an account.</summary>
internal static class InvitationEndpoints
{
    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.InvitationList, "List invitations", ListAsync).Gives<ApiPage<Invitation>>();
        routes
            .Map(AdminActions.InvitationSend, "Invite somebody", SendAsync)
            .Takes<InvitationBody>()
            .Makes<SentInvitation>();
        routes.Map(AdminActions.InvitationResend, "Send an invitation again", ResendAsync).GivesNothing();
        routes.Map(AdminActions.InvitationWithdraw, "Withdraw an invitation", WithdrawAsync).GivesNothing();
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        InvitationActions invitations,
        string? cursor,
        int? limit
    )
    {
        var take = ApiRequest.Limit(limit, InvitationActions.MaxPage - 1);
        var after = ApiRequest.Parts(cursor) is [var email] ? email : null;
        return ApiAnswer.Of(
            http,
            await invitations.ListAsync(http.Caller(), after, take + 1, http.RequestAborted),
            read =>
                ApiAnswer.Ok(
                    ApiRequest.Page(
                        read,
                        take,
                        static invitation => invitation,
                        static invitation => [invitation.Email]
                    )
                )
        );
    }

    private static Task<IResult> SendAsync(HttpContext http, InvitationActions invitations) =>
        http.WithBodyAsync<InvitationBody>(async body =>
        {
            if (!EmailAddress.TryParse(body.Email.Trim(), out var email))
                return ApiAnswer.Refuse(http, new AdminOutcome.Invalid("email", "is not an email address."));
            return ApiAnswer.Of(
                http,
                await invitations.SendAsync(
                    http.Caller(),
                    new(email, body.Locale, body.Roles ?? [], body.Groups ?? []),
                    http.ReadRequestContext(),
                    http.RequestAborted
                ),
                static id => ApiAnswer.Created($"{AdminResource.Path}/invitations", new SentInvitation(id))
            );
        });

    private static Task<IResult> ResendAsync(HttpContext http, InvitationActions invitations, Guid id) =>
        http.ActAsync((actor, from, cancel) => invitations.ResendAsync(actor, id, from, cancel));

    private static Task<IResult> WithdrawAsync(HttpContext http, InvitationActions invitations, Guid id) =>
        http.ActAsync((actor, from, cancel) => invitations.WithdrawAsync(actor, id, from, cancel));
}
