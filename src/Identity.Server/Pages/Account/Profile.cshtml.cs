using Identity.Core.Languages;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>Names, language and time zone. The email address has its own page, because changing it requires a
/// proof.</summary>
internal sealed class ProfileModel(UserStore users, LanguageList languages, IStringLocalizer<AccountTexts> texts)
    : AccountPage(users)
{
    public const int MaxNameLength = 200;

    public sealed class Form
    {
        public string? Name { get; set; }
        public string? GivenName { get; set; }
        public string? FamilyName { get; set; }
        public string? Locale { get; set; }
        public string? Zone { get; set; }
    }

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The zones to choose from. A zone that was set by other means under another name can stay.</summary>
    public IEnumerable<string> Zones =>
        TimeZoneName.Find(Account.Zoneinfo) is { Id: var kept } && !TimeZoneName.All.Contains(kept)
            ? TimeZoneName.All.Prepend(kept)
            : TimeZoneName.All;

    public void OnGet() =>
        Input = new()
        {
            Name = Account.Name,
            GivenName = Account.GivenName,
            FamilyName = Account.FamilyName,
            Locale = languages.Find(Account.Locale)?.Tag,
            Zone = TimeZoneName.Find(Account.Zoneinfo)?.Id,
        };

    /// <inheritdoc />
    protected internal override Task<IActionResult?> ShowAgainAsync(string? handler) =>
        Task.FromResult<IActionResult?>(handler is null ? Page() : null);

    public async Task<IActionResult> OnPostAsync()
    {
        var name = Read("Input.Name", Input.Name);
        var given = Read("Input.GivenName", Input.GivenName);
        var family = Read("Input.FamilyName", Input.FamilyName);
        var zone = Input.Zone is { Length: > 0 } chosen ? chosen : null;
        if (zone is not null && !Zones.Contains(zone))
            Wrong("Input.Zone", texts["Profile.ZoneUnknown"]);
        if (!ModelState.IsValid)
            return Page();

        var language = languages.Find(Input.Locale);
        // A locale that was set by other means, such as de-AT, stays unless another language is chosen.
        var locale =
            language is not null && language == languages.Find(Account.Locale) ? Account.Locale : language?.Tag;
        await Users.ChangeProfileAsync(
            Account.Id,
            new(name, given, family, locale, zone),
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        if (language is not null && language != languages.Find(Account.Locale))
            LanguageCookie.Keep(HttpContext, language);
        return SeeOther("/account/profile?done");
    }

    private string? Read(string field, string? typed)
    {
        if (!PersonalText.TryRead(typed, MaxNameLength, out var text))
            Wrong(field, texts["Profile.Unusable"]);
        return text;
    }
}
