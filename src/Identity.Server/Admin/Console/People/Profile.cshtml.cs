using Identity.Core.Administration;
using Identity.Core.People;
using Identity.Core.Users;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.People;

/// <summary>A person's profile and address, as an operator changes them.</summary>
internal sealed class ProfileModel(PersonReader people, DataActions data, AccessActions access) : ConsolePage
{
    public sealed class Form
    {
        public string? Version { get; set; }
        public string? Name { get; set; }
        public string? GivenName { get; set; }
        public string? FamilyName { get; set; }
        public string? Locale { get; set; }
        public string? Zoneinfo { get; set; }
    }

    public sealed class AddressForm
    {
        public string? Email { get; set; }
    }

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    [BindProperty]
    public AddressForm Address { get; set; } = new();

    public UserAccount Account { get; private set; } = null!;

    [Permission("users.write")]
    public async Task<IActionResult> OnGetAsync()
    {
        if (!await ReadAsync())
            return NotFound();
        Input = new()
        {
            Version = DataActions.VersionOf(Account),
            Name = Account.Name,
            GivenName = Account.GivenName,
            FamilyName = Account.FamilyName,
            Locale = Account.Locale,
            Zoneinfo = Account.Zoneinfo,
        };
        return Page();
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostProfileAsync()
    {
        ProfileChange change = new(
            Text(Input.Name),
            Text(Input.GivenName),
            Text(Input.FamilyName),
            Text(Input.Locale),
            Text(Input.Zoneinfo)
        );
        return await AnswerAsync(
            await data.ChangeProfileAsync(Operator, Id, change, Input.Version ?? "", RequestContext, Aborted),
            $"/admin/people/{Id}?done=saved",
            AgainAsync
        );
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostEmailAsync() =>
        await AnswerAsync(
            await access.SetEmailAsync(Operator, Id, Address.Email, RequestContext, Aborted),
            $"/admin/people/{Id}?done=address",
            AgainAsync,
            "Address"
        );

    private async Task<IActionResult> AgainAsync() => await ReadAsync() ? Page() : NotFound();

    private async Task<bool> ReadAsync()
    {
        if (await people.FindAsync(Operator, Id, Aborted) is not AdminOutcome<PersonDetail>.Done found)
            return false;
        Account = found.Value.Account;
        return true;
    }

    private static string? Text(string? typed) => typed?.Trim() is { Length: > 0 } some ? some : null;
}
