using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Core.People;
using Identity.Core.Users;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.People;

/// <summary>A person's profile and address, as an operator changes them.</summary>
internal sealed class ProfileModel(
    PersonReader people,
    DataActions data,
    AccessActions access,
    PersonAttributes attributes,
    IStringLocalizer<AttributeTexts> texts
) : ConsolePage
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

    public sealed class AttributeForm
    {
        public string? Name { get; set; }
        public string? Value { get; set; }
    }

    [FromRoute(Name = "id")]
    public Guid Id { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    [BindProperty]
    public AddressForm Address { get; set; } = new();

    [BindProperty]
    public AttributeForm Attribute { get; set; } = new();

    /// <summary>What an administrator may see of the person's attributes.</summary>
    public IReadOnlyList<AttributeValue> Attributes { get; private set; } = [];

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

    [Permission("users.write")]
    public async Task<IActionResult> OnPostAttributeAsync()
    {
        JsonElement? value = null;
        if (Text(Attribute.Value) is { } typed)
        {
            Attributes = ListOf(await attributes.ReadAsync(Operator, Id, Aborted));
            var definition = Attributes.FirstOrDefault(one => one.Definition.Name == Attribute.Name)?.Definition;
            if (definition is null)
                return NotFound();
            value = definition.Parse(typed);
            if (value is null)
            {
                Wrong("Attribute.Value", texts["Value.Wrong"]);
                return await AgainAsync();
            }
        }
        return await AnswerAsync(
            await attributes.SetAsync(Operator, Id, Attribute.Name ?? "", value, RequestContext, Aborted),
            $"/admin/people/{Id}/profile?done=value",
            AgainAsync,
            "Attribute"
        );
    }

    private async Task<IActionResult> AgainAsync() => await ReadAsync() ? Page() : NotFound();

    private async Task<bool> ReadAsync()
    {
        if (await people.FindAsync(Operator, Id, Aborted) is not AdminOutcome<PersonDetail>.Done found)
            return false;
        Account = found.Value.Account;
        Attributes = ListOf(await attributes.ReadAsync(Operator, Id, Aborted));
        return true;
    }

    private static string? Text(string? typed) => typed?.Trim() is { Length: > 0 } some ? some : null;
}
