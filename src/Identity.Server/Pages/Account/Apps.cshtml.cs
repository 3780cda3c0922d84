using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Languages;
using Identity.Server.Presentation.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.Account;

/// <summary>The apps that a person has allowed, what each may do, and its refresh tokens; each can be removed
/// (SE-8).</summary>
internal sealed class AppsModel(
    UserStore users,
    ConsentStore consents,
    TokenFamilyStore familyStore,
    ClientRegistry clients,
    ScopeDescriptions words,
    TimeProvider time,
    DateTimeFormatter dates,
    IStringLocalizer<SharedTexts> shared
) : AccountPage(users)
{
    /// <summary>Only the newest families of each app are drawn, and only as many generations as the diagram
    /// shows.</summary>
    private const int MaxFamilies = 3;
    private const int MaxGenerations = TokenFamilyDiagram.MaxDrawn;
    private const int MaxPictures = 30;

    /// <summary>An app as shown on the page.</summary>
    /// <param name="Pictures">SVG, encoded by <see cref="TokenFamilyDiagram"/>.</param>
    public sealed record App(
        string ClientId,
        string Name,
        Uri? Logo,
        Uri? Address,
        IReadOnlyList<string> May,
        string Since,
        DateTimeOffset LastUsed,
        string LastUsedText,
        IReadOnlyList<string> Pictures
    );

    public IReadOnlyList<App> Apps { get; private set; } = [];

    /// <summary>The app that was just removed; null if its name is unknown.</summary>
    public string? WithdrawnName => clients.Find(Request.Query["done"])?.Name;

    public async Task OnGetAsync()
    {
        var apps = await consents.ListAsync(Account.Id, HttpContext.RequestAborted);
        // Ids of families are ordered by time.
        Guid[] drawn = [.. apps.SelectMany(static app => app.FamilyIds.TakeLast(MaxFamilies)).Take(MaxPictures)];
        var families =
            drawn.Length == 0
                ? null
                : await familyStore.GenerationsAsync(drawn, MaxGenerations, HttpContext.RequestAborted);
        Apps =
        [
            .. apps.Select(app =>
                Describe(
                    app,
                    families is null ? [] : [.. app.FamilyIds.Where(families.Contains).Select(id => families[id])]
                )
            ),
        ];
        foreach (var logo in Apps.Select(static app => app.Logo).OfType<Uri>())
            HttpContext.AllowImage(logo.AbsoluteUri);
    }

    public async Task<IActionResult> OnPostWithdrawAsync(string? client)
    {
        if (
            string.IsNullOrEmpty(client)
            || !await consents.WithdrawAsync(
                Account.Id,
                client,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
            return SeeOther("/account/apps");
        return SeeOther("/account/apps?done=" + Uri.EscapeDataString(client));
    }

    private App Describe(ConnectedApp app, IEnumerable<RefreshGeneration>[] families)
    {
        var client = clients.Find(app.ClientId);
        var name = clients.NameOf(app.ClientId);
        return new(
            app.ClientId,
            name,
            client?.LogoUri,
            client?.ClientUri,
            [.. app.Scopes.Select(InWords)],
            dates.Day(app.Since),
            app.LastUsed,
            dates.Ago(app.LastUsed),
            [.. families.Select(family => FamilyPicture.Draw(name, family, time.GetUtcNow(), shared))]
        );
    }

    private string InWords(string scope)
    {
        var known = clients.Catalog.Scopes.GetValueOrDefault(scope);
        return words.Of(scope, known?.DisplayName, known?.Description).Title;
    }
}
