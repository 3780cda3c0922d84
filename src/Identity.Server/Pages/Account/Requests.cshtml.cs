using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Grants.BackchannelAuthentication;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Account;

/// <summary> Requests of apps that wait for the person (CIBA Core section 8): client, scopes and the message to
/// compare. Allowing one requires a recent proof, because the app treats it as a sign-in.
/// </summary>
internal sealed class RequestsModel(
    UserStore users,
    BackchannelAuthenticationStore requests,
    ClientRegistry clients,
    IOptions<GrantOptions> options,
    TimeProvider time,
    ScopeDescriptions words,
    IStringLocalizer<RequestTexts> texts
) : AccountPage(users)
{
    /// <summary>A request as shown on the page.</summary>
    public sealed record Wish(
        Guid Id,
        Client Client,
        string? Message,
        IReadOnlyList<ScopeDescription> Scopes,
        string When
    );

    public IReadOnlyList<Wish> Wishes { get; private set; } = [];

    /// <summary>The outcome of the last one: a key of the texts, or null.</summary>
    public string? Outcome =>
        Request.Query["done"].ToString() switch
        {
            "allowed" => "Requests.Allowed",
            "denied" => "Requests.Denied",
            "gone" => "Requests.Gone",
            _ => null,
        };

    public async Task<IActionResult> OnGetAsync()
    {
        if (!options.Value.BackchannelAuthentication)
            return NotFound();
        foreach (var waiting in await requests.ListWaitingAsync(Account.Id, HttpContext.RequestAborted))
        {
            if (clients.Find(waiting.ClientId) is not { } client)
                continue;
            if (client.LogoUri is { } logo)
                HttpContext.AllowImage(logo.AbsoluteUri);
            Wishes =
            [
                .. Wishes,
                new(
                    waiting.Id,
                    client,
                    waiting.BindingMessage,
                    [.. waiting.Scopes.Select(InWords)],
                    Ago(waiting.CreatedAt)
                ),
            ];
        }
        return Page();
    }

    [RequiresStepUp]
    public async Task<IActionResult> OnPostAllowAsync(Guid id)
    {
        if (!options.Value.BackchannelAuthentication)
            return NotFound();
        var waiting = (await requests.ListWaitingAsync(Account.Id, HttpContext.RequestAborted)).Find(one =>
            one.Id == id
        );
        var allowed =
            waiting is not null
            && await requests.ApproveAsync(
                new(
                    id,
                    Session.Credential,
                    waiting.Scopes,
                    new GrantDetails
                    {
                        AuthTime = (
                            Session.StepUpAt is { } again && again > Session.AuthTime ? again : Session.AuthTime
                        ).ToUnixTimeSeconds(),
                        Amr = Session.Amr,
                        Acr = Session.Acr,
                        AuthorizationDetails = waiting.AuthorizationDetails,
                    }
                ),
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            );
        return SeeOther("/account/requests?done=" + (allowed ? "allowed" : "gone"));
    }

    public async Task<IActionResult> OnPostDenyAsync(Guid id)
    {
        if (!options.Value.BackchannelAuthentication)
            return NotFound();
        var denied = await requests.DenyAsync(
            id,
            Account.Id,
            HttpContext.ReadRequestContext(),
            HttpContext.RequestAborted
        );
        return SeeOther("/account/requests?done=" + (denied ? "denied" : "gone"));
    }

    private ScopeDescription InWords(string scope) =>
        clients.Catalog.Scopes.TryGetValue(scope, out var known)
            ? words.Of(scope, known.DisplayName, known.Description)
            : words.Of(scope, null, null);

    private string Ago(DateTimeOffset moment) =>
        (int)(time.GetUtcNow() - moment).TotalMinutes is > 0 and var minutes
            ? texts["Ago.Minutes", minutes]
            : texts["Ago.Now"];
}
