using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Recovery;
using Identity.Server.Admin.Api.Contract;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Api.People;

/// <summary>Helps people, keeps them out, and lets them go.</summary>
internal static class UserHelpEndpoints
{
    public static void Map(ApiRoutes routes)
    {
        routes.Map(AdminActions.UserLock, "Lock an account for a while", LockAsync).Takes<LockOrder>().GivesNothing();
        routes.Map(AdminActions.UserUnlock, "Unlock an account", UnlockAsync).GivesNothing();
        routes
            .Map(AdminActions.UserDeactivate, "Deactivate an account, now or from a moment on", DeactivateAsync)
            .Takes<DeactivationOrder>()
            .GivesNothing();
        routes.Map(AdminActions.UserReactivate, "Reactivate an account", ReactivateAsync).GivesNothing();
        routes
            .Map(AdminActions.FactorRemove, "Remove the authenticator app", RemoveTotpAsync)
            .Takes<RemovalOrder>()
            .GivesNothing();
        routes
            .Map(AdminActions.PasskeyRemove, "Remove a passkey", RemovePasskeyAsync)
            .Takes<RemovalOrder>()
            .GivesNothing();
        routes
            .Map(AdminActions.UserSecure, "Secure an account that may be in other hands", SecureAsync)
            .Gives<SecuredAccount>();
        routes.Map(AdminActions.ResetSend, "Send a link to choose a new password", SendResetAsync).GivesNothing();
        routes
            .Map(AdminActions.VerificationSend, "Send a link that proves the address", SendVerificationAsync)
            .GivesNothing();
        routes.Map(AdminActions.UserExport, "Copy everything that is kept about a person", ExportAsync).Gives<object>();
        routes.Map(AdminActions.UserErase, "Erase a person for good", EraseAsync).Takes<ErasureOrder>().GivesNothing();
    }

    private static Task<IResult> LockAsync(HttpContext http, AccountActions accounts, Guid id) =>
        http.WithBodyAsync<LockOrder>(order =>
            http.ActAsync(
                (actor, from, cancel) =>
                    accounts.LockAsync(actor, id, TimeSpan.FromMinutes(order.Minutes), order.Note, from, cancel)
            )
        );

    private static Task<IResult> UnlockAsync(HttpContext http, AccountActions accounts, Guid id) =>
        http.ActAsync((actor, from, cancel) => accounts.UnlockAsync(actor, id, from, cancel));

    private static Task<IResult> DeactivateAsync(HttpContext http, AccountActions accounts, Guid id) =>
        http.WithBodyAsync<DeactivationOrder>(order =>
            http.ActAsync(
                (actor, from, cancel) =>
                    accounts.DeactivateAsync(actor, id, order.From?.ToUniversalTime(), order.Note, from, cancel)
            )
        );

    private static Task<IResult> ReactivateAsync(HttpContext http, AccountActions accounts, Guid id) =>
        http.ActAsync((actor, from, cancel) => accounts.ReactivateAsync(actor, id, from, cancel));

    private static Task<IResult> RemoveTotpAsync(HttpContext http, FactorActions factors, Guid id) =>
        http.WithBodyAsync<RemovalOrder>(order =>
            http.ActAsync((actor, from, cancel) => factors.RemoveTotpAsync(actor, id, order.Note, from, cancel))
        );

    private static Task<IResult> RemovePasskeyAsync(HttpContext http, FactorActions factors, Guid id, Guid passkey) =>
        http.WithBodyAsync<RemovalOrder>(order =>
            http.ActAsync(
                (actor, from, cancel) => factors.RemovePasskeyAsync(actor, id, passkey, order.Note, from, cancel)
            )
        );

    private static Task<IResult> SendResetAsync(HttpContext http, AccessActions access, Guid id) =>
        http.ActAsync((actor, from, cancel) => access.SendResetAsync(actor, id, from, cancel));

    private static async Task<IResult> SecureAsync(HttpContext http, AccessActions access, Guid id) =>
        ApiAnswer.Of(
            http,
            await access.SecureAsync(http.Caller(), id, http.ReadRequestContext(), http.RequestAborted),
            static ended => ApiAnswer.Ok(ended)
        );

    private static Task<IResult> SendVerificationAsync(HttpContext http, AccessActions access, Guid id) =>
        http.ActAsync((actor, from, cancel) => access.SendVerificationAsync(actor, id, from, cancel));

    private static async Task<IResult> ExportAsync(HttpContext http, DataActions data, Guid id) =>
        ApiAnswer.Of(
            http,
            await data.ExportAsync(http.Caller(), id, http.ReadRequestContext(), http.RequestAborted),
            static copy => new ApiResult(StatusCodes.Status200OK, System.Text.Encoding.UTF8.GetBytes(copy))
        );

    private static Task<IResult> EraseAsync(HttpContext http, DataActions data, Guid id) =>
        http.WithBodyAsync<ErasureOrder>(order =>
            http.ActAsync((actor, from, cancel) => data.EraseAsync(actor, id, order.Confirmation, from, cancel))
        );
}
