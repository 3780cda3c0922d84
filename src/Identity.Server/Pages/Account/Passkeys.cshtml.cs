using Identity.Core.Passkeys;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Passkeys;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>A person's passkeys: add, rename, list, remove. After a change this browser gets a new session token
/// (SE-2).</summary>
[RequiresStepUp]
internal sealed class PasskeysModel(
    UserStore users,
    PasskeyStore passkeys,
    PasskeyCeremonies ceremonies,
    PasskeyRegistration registration,
    CredentialSignals signals,
    IStringLocalizer<PasskeyTexts> texts
) : AccountPage(users)
{
    public const int MaxNameLength = 100;
    private const string Here = LocalUrl.Passkeys;

    public IReadOnlyList<Passkey> Passkeys { get; private set; } = [];

    /// <summary>What was just done: a key of the texts, or null.</summary>
    public string? Outcome =>
        Request.Query["done"].ToString() switch
        {
            "added" => "Account.Added",
            "renamed" => "Account.Renamed",
            "removed" => "Account.Removed",
            _ => null,
        };

    /// <summary>The default name of a new one: the current browser.</summary>
    public string ProposedName => registration.NameOfBrowser(HttpContext);

    /// <summary>What this page tells the browser; null if signals are off.</summary>
    public string? Signal => signals.Of(Account, Passkeys);

    public async Task OnGetAsync() => Passkeys = await passkeys.ListAsync(Account.Id, HttpContext.RequestAborted);

    /// <summary>For the script: begins adding one.</summary>
    public Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        ceremonies.BeginRegistrationAsync(HttpContext, Account, PasskeyCeremony.Registration);

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler)
    {
        if (handler is not ("Add" or "Rename"))
            return null;
        await OnGetAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostAddAsync(string? name, string? credential)
    {
        if (!PersonalText.TryRead(name, MaxNameLength, out var typed))
            return await WrongAsync("Name.Unusable");
        return
            await registration.AddAsync(
                HttpContext,
                new(Session, Account),
                PasskeyCeremony.Registration,
                credential,
                typed ?? ProposedName
            )
                is { } wrong
            ? await WrongAsync(wrong)
            : SeeOther(Here + "?done=added");
    }

    public async Task<IActionResult> OnPostRenameAsync(Guid id, string? name)
    {
        if (!PersonalText.TryRead(name, MaxNameLength, out var typed) || typed is null)
            return await WrongAsync("Name.Unusable");
        await passkeys.RenameAsync(Account.Id, id, typed, HttpContext.ReadRequestContext(), HttpContext.RequestAborted);
        return SeeOther(Here + "?done=renamed");
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid id)
    {
        if (
            await passkeys.RemoveAsync(
                Session.Credential,
                id,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            await registration.RenewSessionAsync(HttpContext, Session);
            return SeeOther(Here + "?done=removed");
        }
        // It is already gone, or it is the last way to sign in.
        return (await passkeys.ListAsync(Account.Id, HttpContext.RequestAborted)).Exists(passkey => passkey.Id == id)
            ? await WrongAsync("Remove.Last")
            : SeeOther(Here);
    }

    private async Task<IActionResult> WrongAsync(string key)
    {
        Wrong("", texts[key]);
        await OnGetAsync();
        return Page();
    }
}
