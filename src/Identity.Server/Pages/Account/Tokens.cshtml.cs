using System.Globalization;
using Identity.Core.Clients;
using Identity.Core.PersonalTokens;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Languages;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Account;

/// <summary>A person's access tokens for their own programs: make, list, revoke. A new one arrives in an encrypted
/// cookie, which the first view removes; the server stores only its digest.</summary>
[RequiresStepUp]
internal sealed class TokensModel(
    UserStore users,
    PersonalTokenStore tokens,
    ClientRegistry clients,
    ScopeDescriptions words,
    DateTimeFormatter dates,
    TimeProvider time,
    IOptions<PersonalTokenOptions> options,
    IStringLocalizer<TokenTexts> texts
) : AccountPage(users)
{
    public const int MaxNameLength = 100;
    private const string Key = "personal-token";
    private const string NameField = "Input.Name";
    private const string ScopesField = "Input.Scopes";

    private static readonly int[] UsualDays = [7, 30, 60, 90, 180, 365];

    public sealed class InputModel
    {
        public string? Name { get; set; }
        public IList<string> Scopes { get; set; } = [];
        public string? Days { get; set; }

        /// <summary>The life in days: 30 unless another is chosen, and 0 for anything but a number, which is
        /// refused.</summary>
        public int Chosen =>
            Days is null ? 30
            : int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days
            : 0;
    }

    [BindProperty]
    public InputModel Input { get; set; } = new();

    public IReadOnlyList<PersonalTokenEntry> Tokens { get; private set; } = [];

    /// <summary>The scopes that the person may give a token.</summary>
    public IReadOnlyList<ApiScope> Offered { get; private set; } = [];

    /// <summary>The token that was just made; shown once.</summary>
    public string? Created { get; private set; }

    /// <summary>Whether one was just revoked.</summary>
    public bool Revoked => Request.Query["done"] == "revoked";

    /// <summary>How long a token may live, in days.</summary>
    public IEnumerable<int> Choices =>
        UsualDays.Where(days => days < options.Value.MaxDays).Append(options.Value.MaxDays);

    public string DayIn(int days) => dates.Day(time.GetUtcNow().AddDays(days));

    public ScopeDescription InWords(string scope)
    {
        var known = clients.Catalog.Scopes.GetValueOrDefault(scope);
        return words.Of(scope, known?.DisplayName, known?.Description);
    }

    public async Task<IActionResult> OnGetAsync()
    {
        if (!options.Value.Enabled)
            return NotFound();
        Created = TempData[Key] as string;
        return await ShowAsync();
    }

    public async Task<IActionResult> OnPostCreateAsync()
    {
        if (!options.Value.Enabled)
            return NotFound();
        if (!PersonalText.TryRead(Input.Name, MaxNameLength, out var name))
            Wrong(NameField, texts["Wrong.Name"]);
        else if (name is null)
            Wrong(NameField, texts["Wrong.NameMissing"]);
        if (Input.Scopes.Count == 0)
            Wrong(ScopesField, texts["Wrong.ScopesMissing"]);
        if (!ModelState.IsValid)
            return await ShowAsync();
        var made = await tokens.CreateAsync(
            Session.Credential,
            new(name!, [.. Input.Scopes], Input.Chosen),
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        if (made is PersonalTokenCreation.Created created)
        {
            TempData[Key] = created.Token.Value;
            return SeeOther("/account/tokens");
        }
        var (field, text) = made switch
        {
            PersonalTokenCreation.ScopeNotHeld => (ScopesField, "Wrong.Scopes"),
            PersonalTokenCreation.TooLong => ("Input.Days", "Wrong.Days"),
            PersonalTokenCreation.TooMany => ("", "Wrong.TooMany"),
            _ => ("", "Wrong.Proof"),
        };
        Wrong(field, texts[text]);
        return await ShowAsync();
    }

    public async Task<IActionResult> OnPostRevokeAsync(Guid id)
    {
        if (!options.Value.Enabled)
            return NotFound();
        var revoked = await tokens.RevokeAsync(
            Account.Id,
            id,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        return SeeOther(revoked ? "/account/tokens?done=revoked" : "/account/tokens");
    }

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler == "Create" ? await ShowAsync() : null;

    private async Task<IActionResult> ShowAsync()
    {
        Tokens = await tokens.ListAsync(Account.Id, HttpContext.RequestAborted);
        Offered = await tokens.OfferedAsync(Account.Id, HttpContext.RequestAborted);
        return Page();
    }
}
