using System.Globalization;
using Identity.Core.Languages;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Admin.Console.Texts;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.People;

/// <summary>Creates an account and invites its person to choose a password.</summary>
internal sealed class NewModel(AccessActions access, LanguageList languages, IStringLocalizer<PeopleTexts> texts)
    : ConsolePage
{
    public sealed class Form
    {
        public string? Email { get; set; }
        public string? Name { get; set; }
        public string? GivenName { get; set; }
        public string? FamilyName { get; set; }
        public string? Locale { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    [Permission("users.write")]
    public void OnGet() => Input.Locale = CultureInfo.CurrentUICulture.Name;

    [Permission("users.write")]
    public async Task<IActionResult> OnPostAsync()
    {
        var name = Read("Input.Name", Input.Name);
        var given = Read("Input.GivenName", Input.GivenName);
        var family = Read("Input.FamilyName", Input.FamilyName);
        if (!EmailAddress.TryParse(Input.Email?.Trim(), out var email))
            Wrong("Input.Email", texts["Invalid.Address"]);
        if (!ModelState.IsValid)
            return Page();
        NewAccount account = new(email!, null, name, given, family, languages.Find(Input.Locale)?.Tag);
        return await AnswerAsync(
            await access.CreateAsync(Operator, account, RequestContext, Aborted),
            static person => $"/admin/people/{person.Id}?done=invited",
            () => Task.FromResult<IActionResult>(Page())
        );
    }

    private string? Read(string field, string? typed)
    {
        if (!PersonalText.TryRead(typed, DataActions.MaxNameLength, out var text))
            Wrong(field, texts["Invalid.Name"]);
        return text;
    }
}
