using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Core.Grants.DeviceAuthorization;
using Identity.Core.Grants.Polling;
using Identity.Core.Primitives;
using Identity.Core.Sessions;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Identity.Server.Pages.Texts;
using Identity.Server.Presentation;
using Identity.Server.Presentation.Branding;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Pages.Device;

// Device owns the pages of the device grant: typing the code, seeing the client, its scopes and its origin, and
// deciding. The person types the code or at least submits it; an address alone is never enough (RFC 8628 section 5.4,
// DV-2).

/// <summary>Connects a device that cannot show a browser. Three steps at one address: the code, the question, the
/// result.</summary>
internal sealed class DeviceModel(
    DeviceAuthorizationStore devices,
    ClientRegistry clients,
    DeviceVerificationState states,
    IOptions<GrantOptions> options,
    TimeProvider time,
    ScopeDescriptions words,
    PlaceText places,
    IStringLocalizer<RequestTexts> texts
) : HostedPage
{
    public sealed class Form
    {
        public string? Code { get; set; }
    }

    /// <summary>A request as shown to the person.</summary>
    public sealed record Question(
        Client Client,
        string Code,
        string State,
        IReadOnlyList<ScopeDescription> Wishes,
        string Device,
        string? Address,
        string? Place,
        string When,
        string? Details,
        int Days,
        string Email
    );

    [BindProperty]
    public Form Input { get; set; } = new();

    /// <summary>The proof that the code was submitted.</summary>
    [BindProperty(SupportsGet = true, Name = "request")]
    public string? State { get; set; }

    public Question? Asked { get; private set; }

    /// <summary>Whether the code came with the address (<c>verification_uri_complete</c>): then the person is asked to
    /// compare it.</summary>
    public bool IsPrefilled { get; private set; }

    /// <summary>The result: allowed, denied or expired; null while undecided.</summary>
    public string? End { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? user_code, string? done)
    {
        if (!options.Value.DeviceAuthorization)
            return NotFound();
        if (done is "allowed" or "denied" or "gone")
        {
            End = done;
            return Page();
        }
        var code = UserCode.Parse(user_code);
        if (await GetSessionAsync() is not { } session)
            return ToSignIn(code);
        if (State is not null)
            return await AskAsync(session);
        IsPrefilled = code is not null;
        Input.Code = code?.Display;
        return Page();
    }

    /// <inheritdoc />
    protected internal override async Task<IActionResult?> ShowAgainAsync(string? handler) =>
        handler is not null || !options.Value.DeviceAuthorization ? null
        : await GetSessionAsync() is null ? ToSignIn(null)
        : Page();

    public async Task<IActionResult> OnPostAsync()
    {
        if (!options.Value.DeviceAuthorization)
            return NotFound();
        if (await GetSessionAsync() is not { } session)
            return ToSignIn(UserCode.Parse(Input.Code));
        if (string.IsNullOrWhiteSpace(Input.Code))
        {
            Wrong("Input.Code", texts["Device.Code.Missing"]);
            return Page();
        }
        switch (
            await devices.FindAsync(
                Input.Code,
                session.UserId,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
        )
        {
            case UserCodeLookup.Throttled throttled:
                return Later(StatusCodes.Status429TooManyRequests, throttled.RetryAfter);
            case UserCodeLookup.Found { Device: var device } when UserCode.Parse(Input.Code) is { } code:
                return SeeOther("/device?request=" + Uri.EscapeDataString(states.Protect(session.Id, device.Id, code)));
            default:
                Wrong("Input.Code", texts["Device.Code.Unknown"]);
                return Page();
        }
    }

    public async Task<IActionResult> OnPostDecideAsync(string? decision)
    {
        if (!options.Value.DeviceAuthorization)
            return NotFound();
        if (await GetSessionAsync() is not { } session)
            return ToSignIn(null);
        if (
            states.Unprotect(State, session.Id) is not { } state
            || await devices.FindWaitingAsync(state.RequestId, HttpContext.RequestAborted) is not { } device
        )
            return SeeOther("/device?done=gone");

        // Anything but a clear yes is a no.
        var allowed = decision == "allow";
        var kept = allowed
            ? await devices.ApproveAsync(
                ApprovalOf(device, session),
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            )
            : await devices.DenyAsync(
                device.Id,
                session.UserId,
                HttpContext.ReadRequestContext(),
                HttpContext.RequestAborted
            );
        return SeeOther(
            "/device?done="
                + (
                    !kept ? "gone"
                    : allowed ? "allowed"
                    : "denied"
                )
        );
    }

    private async Task<IActionResult> AskAsync(ActiveSession session)
    {
        if (
            states.Unprotect(State, session.Id) is not { } state
            || await devices.FindWaitingAsync(state.RequestId, HttpContext.RequestAborted) is not { } device
            || clients.Find(device.ClientId) is not { } client
        )
        {
            End = "gone";
            return Page();
        }
        HttpContext.UseTheme(client.Theme);
        if (client.LogoUri is { } logo)
            HttpContext.AllowImage(logo.AbsoluteUri);
        var scopes = clients.Catalog.Scopes;
        var name = DeviceName.Of(device.UserAgent).ToString();
        Asked = new(
            client,
            state.Code.Display,
            State!,
            [
                .. device.Scopes.Select(scope =>
                    scopes.TryGetValue(scope, out var known)
                        ? words.Of(scope, known.DisplayName, known.Description)
                        : words.Of(scope, null, null)
                ),
            ],
            name.Length > 0 ? name : texts["Device.Unknown"],
            device.IpAddress?.ToString(),
            places.Of(device.IpAddress),
            Ago(device.CreatedAt),
            device.AuthorizationDetails?.GetRawText(),
            device.Scopes.Contains("offline_access")
                ? (int)Math.Ceiling(client.RefreshTokenAbsoluteLifetime.TotalDays)
                : 0,
            session.Email
        );
        return Page();
    }

    // A code in the address is kept; other parameters are dropped.
    private IActionResult ToSignIn(UserCode? code) =>
        SeeOther(LocalUrl.With("/sign-in", code is null ? "/device" : $"/device?user_code={code.Display}"));

    private static Approval ApprovalOf(WaitingDevice device, ActiveSession session) =>
        new(
            device.Id,
            session.Credential,
            device.Scopes,
            new GrantDetails
            {
                AuthTime = session.AuthTime.ToUnixTimeSeconds(),
                Amr = session.Amr,
                Acr = session.Acr,
                Resources = device.Resources.Count > 0 ? device.Resources : null,
                AuthorizationDetails = device.AuthorizationDetails,
            }
        );

    private string Ago(DateTimeOffset moment) =>
        (int)(time.GetUtcNow() - moment).TotalMinutes is > 0 and var minutes
            ? texts["Ago.Minutes", minutes]
            : texts["Ago.Now"];
}
