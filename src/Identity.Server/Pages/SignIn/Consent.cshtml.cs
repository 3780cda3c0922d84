using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Pages.SignIn;

/// <summary>Asks whether a client may have what it requests (OA-9). A yes is stored for this person and client; both
/// answers lead back to the authorize endpoint.</summary>
internal sealed class ConsentModel(
    ConsentStore consents,
    IEnumerable<IAuthorizationInteraction> interactions,
    ScopeDescriptions words,
    IStringLocalizer<SignInTexts> texts
) : HostedPage
{
    public IReadOnlyList<ScopeDescription> Wishes { get; private set; } = [];

    /// <summary>The person who decides.</summary>
    public string Email { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync()
    {
        if (await GetSessionAsync() is not { } session)
            return SeeOther(LocalUrl.With("/sign-in", ReturnUrl));
        if (Authorization is not { } request)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
            return Page();
        }
        Email = session.Email;
        Wishes = [.. request.Scopes.Select(scope => words.Of(scope.Name, scope.DisplayName, scope.Description))];
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string? decision)
    {
        if (await GetSessionAsync() is not { } session || Authorization is not { } request)
            return await OnGetAsync();

        var context = HttpContext.ReadRequestContext();
        if (decision == "allow")
        {
            string[] scopes = [.. request.Scopes.Select(static scope => scope.Name)];
            await consents.GrantAsync(
                session.Credential,
                request.ClientId,
                scopes,
                request.AuthorizationDetails,
                context,
                HttpContext.RequestAborted
            );
            // Another tab may have changed the account since the request was asked for one: the request goes on for the
            // one that allowed it (SE-11). If the session has ended meanwhile, it leads to the sign-in page.
            return SeeOther(interactions.Single().Allow(ReturnUrl!, session.Id));
        }
        // Anything but a clear yes is a no.
        await consents.DenyAsync(session.UserId, request.ClientId, context, HttpContext.RequestAborted);
        return SeeOther(interactions.Single().Deny(ReturnUrl!, "access_denied"));
    }

    /// <summary>The duration in words (OA-9).</summary>
    public string Lifetime(TimeSpan lifetime) =>
        lifetime switch
        {
            { Ticks: <= 0 } => texts["Consent.WhileHere"],
            { TotalDays: >= 2 } => texts["Consent.Days", (int)lifetime.TotalDays],
            _ => texts["Consent.Hours", Math.Max(1, (int)Math.Ceiling(lifetime.TotalHours))],
        };
}
