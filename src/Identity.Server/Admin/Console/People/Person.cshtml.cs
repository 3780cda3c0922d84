using System.Globalization;
using System.Text;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.Clients;
using Identity.Core.People;
using Identity.Core.PersonalTokens;
using Identity.Core.Roles;
using Identity.Core.Users;
using Identity.Server.Admin.Console.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.People;

/// <summary>One person, with the actions of an operator.</summary>
internal sealed partial class PersonModel(
    PersonReader people,
    AccountActions accounts,
    SessionActions sessions,
    PersonalTokenActions tokens,
    PersonalTokenStore tokenStore,
    FactorActions factors,
    AccessActions access,
    DataActions data,
    RoleDirectory roles,
    RoleGrants grants,
    GroupDirectory groups,
    PersonAttributes attributes,
    ClientRegistry clients,
    TimeProvider time,
    IStringLocalizer<SharedTexts> shared,
    IStringLocalizer<PeopleTexts> texts
) : ConsolePage
{
    public sealed class LockForm
    {
        public int Minutes { get; set; } = 60;
        public string? Note { get; set; }
    }

    public sealed class DeactivationForm
    {
        public string? From { get; set; }
        public string? Note { get; set; }
    }

    public sealed class NoteForm
    {
        public Guid Id { get; set; }
        public string? Note { get; set; }
    }

    public sealed class ConfirmationForm
    {
        public string? Confirmation { get; set; }
    }

    /// <summary>The durations of a lock, in minutes.</summary>
    public static IReadOnlyList<int> LockChoices { get; } = [60, 1440, 10080, 43200];

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    [BindProperty]
    public LockForm Lock { get; set; } = new();

    [BindProperty]
    public DeactivationForm Deactivation { get; set; } = new();

    [BindProperty]
    public NoteForm Factor { get; set; } = new();

    [BindProperty]
    public NoteForm Passkey { get; set; } = new();

    [BindProperty]
    public ConfirmationForm Erasure { get; set; } = new();

    public PersonDetail Person { get; private set; } = null!;

    public UserAccount Account => Person.Account;

    public IReadOnlyList<HeldRole> Roles { get; private set; } = [];

    public IReadOnlyList<Group> Groups { get; private set; } = [];

    /// <summary>The attributes that administrators may see.</summary>
    public IReadOnlyList<AttributeValue> Attributes { get; private set; } = [];

    /// <summary>The roles that the person does not hold directly.</summary>
    public IReadOnlyList<Role> Grantable { get; private set; } = [];

    public DateTimeOffset Now => time.GetUtcNow();

    public bool IsLocked => Account.LockedUntil > Now;

    /// <summary>Whether the operator has the permission for this action; the rules about administrators are checked
    /// when it runs.</summary>
    public bool May(AdminAction action) => Operator.May(action.Permission);

    public string NameOf(string clientId) => clients.NameOf(clientId);

    public string Draw(Guid familyId, string clientId) =>
        FamilyPicture.Draw(NameOf(clientId), Person.Generations[familyId], Now, shared);

    [Permission("users.read")]
    public Task<IActionResult> OnGetAsync() => AgainAsync();

    [Permission("users.lock")]
    public async Task<IActionResult> OnPostLockAsync() =>
        await AnswerAsync(
            await accounts.LockAsync(
                Operator,
                Id,
                TimeSpan.FromMinutes(Lock.Minutes),
                Lock.Note,
                RequestContext,
                Aborted
            ),
            Done("locked"),
            AgainAsync,
            "Lock"
        );

    [Permission("users.lock")]
    public async Task<IActionResult> OnPostUnlockAsync() =>
        await AnswerAsync(
            await accounts.UnlockAsync(Operator, Id, RequestContext, Aborted),
            Done("unlocked"),
            AgainAsync
        );

    [Permission("users.lock")]
    public async Task<IActionResult> OnPostDeactivateAsync()
    {
        DateTimeOffset? from = null;
        if (!string.IsNullOrWhiteSpace(Deactivation.From))
        {
            // The format in which browsers send a date, in any display language.
            var plain = CultureInfo.InvariantCulture;
            if (!DateOnly.TryParseExact(Deactivation.From, "yyyy-MM-dd", plain, default, out var day))
            {
                Wrong("Deactivation.From", texts["Invalid.Day"]);
                return await AgainAsync();
            }
            from = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        }
        return await AnswerAsync(
            await accounts.DeactivateAsync(Operator, Id, from, Deactivation.Note, RequestContext, Aborted),
            Done(from > Now ? "planned" : "deactivated"),
            AgainAsync,
            "Deactivation"
        );
    }

    [Permission("users.lock")]
    public async Task<IActionResult> OnPostReactivateAsync() =>
        await AnswerAsync(
            await accounts.ReactivateAsync(Operator, Id, RequestContext, Aborted),
            Done("reactivated"),
            AgainAsync
        );

    [Permission("users.sessions")]
    public async Task<IActionResult> OnPostEndSessionAsync(Guid session) =>
        await AnswerAsync(
            await sessions.EndAsync(Operator, Id, session, RequestContext, Aborted),
            Done("ended"),
            AgainAsync
        );

    [Permission("users.sessions")]
    public async Task<IActionResult> OnPostEndSessionsAsync() =>
        await AnswerAsync(
            await sessions.EndAllAsync(Operator, Id, RequestContext, Aborted),
            _ => Done("ended"),
            AgainAsync
        );

    [Permission("users.sessions")]
    public async Task<IActionResult> OnPostRevokeGrantAsync(Guid family) =>
        await AnswerAsync(
            await sessions.RevokeGrantAsync(Operator, Id, family, RequestContext, Aborted),
            Done("revoked"),
            AgainAsync
        );

    [Permission("users.factors")]
    public async Task<IActionResult> OnPostRemoveFactorAsync() =>
        await AnswerAsync(
            await factors.RemoveTotpAsync(Operator, Id, Factor.Note, RequestContext, Aborted),
            Done("factor"),
            AgainAsync,
            "Factor"
        );

    [Permission("users.factors")]
    public async Task<IActionResult> OnPostRemovePasskeyAsync() =>
        await AnswerAsync(
            await factors.RemovePasskeyAsync(Operator, Id, Passkey.Id, Passkey.Note, RequestContext, Aborted),
            Done("passkey"),
            AgainAsync,
            "Passkey"
        );

    [Permission("users.recover")]
    public async Task<IActionResult> OnPostSendResetAsync() =>
        await AnswerAsync(
            await access.SendResetAsync(Operator, Id, RequestContext, Aborted),
            Done("reset"),
            AgainAsync
        );

    [Permission("users.recover")]
    public async Task<IActionResult> OnPostSecureAsync() =>
        await AnswerAsync(
            await access.SecureAsync(Operator, Id, RequestContext, Aborted),
            _ => Done("secured"),
            AgainAsync
        );

    [Permission("users.recover")]
    public async Task<IActionResult> OnPostSendVerificationAsync() =>
        await AnswerAsync(
            await access.SendVerificationAsync(Operator, Id, RequestContext, Aborted),
            Done("verification"),
            AgainAsync
        );

    [Permission("users.export")]
    public async Task<IActionResult> OnPostExportAsync()
    {
        var outcome = await data.ExportAsync(Operator, Id, RequestContext, Aborted);
        return outcome is AdminOutcome<string>.Done copy
            ? File(
                Encoding.UTF8.GetBytes(copy.Value),
                "application/json",
                string.Create(CultureInfo.InvariantCulture, $"person-{Id:N}-{Now:yyyy-MM-dd}.json")
            )
            : await AnswerAsync(outcome, static _ => "/admin/people", AgainAsync);
    }

    [Permission("users.erase")]
    public async Task<IActionResult> OnPostEraseAsync() =>
        await AnswerAsync(
            await data.EraseAsync(Operator, Id, Erasure.Confirmation, RequestContext, Aborted),
            "/admin/people?done=erased",
            AgainAsync,
            "Erasure"
        );

    [Permission("roles.grant")]
    public async Task<IActionResult> OnPostGrantRoleAsync(Guid role) =>
        await AnswerAsync(
            await grants.GrantAsync(Operator, role, Id, RequestContext, Aborted),
            Done("granted"),
            AgainAsync
        );

    [Permission("roles.grant")]
    public async Task<IActionResult> OnPostWithdrawRoleAsync(Guid role) =>
        await AnswerAsync(
            await grants.WithdrawAsync(Operator, role, Id, RequestContext, Aborted),
            Done("withdrawn"),
            AgainAsync
        );

    private string Done(string key) => $"/admin/people/{Id}?done={key}";

    private async Task<IActionResult> AgainAsync()
    {
        if (await people.FindAsync(Operator, Id, Aborted) is not AdminOutcome<PersonDetail>.Done found)
            return NotFound();
        Person = found.Value;
        Roles = ListOf(await roles.OfPersonAsync(Operator, Id, Aborted));
        Groups = ListOf(await groups.OfPersonAsync(Operator, Id, Aborted));
        Attributes = ListOf(await attributes.ReadAsync(Operator, Id, Aborted));
        if (Operator.May(AdminPermission.RolesGrant))
            Grantable =
            [
                .. ListOf(await roles.ListAsync(Operator, null, RoleDirectory.MaxPage, Aborted))
                    .Where(role => Roles.All(held => held.Group is not null || held.Role.Id != role.Id)),
            ];
        if (May(AdminActions.PersonalTokenCreate))
            OfferedScopes = await tokenStore.OfferedAsync(Id, Aborted);
        return Page();
    }
}
