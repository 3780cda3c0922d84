using Identity.Core.Administration;
using Identity.Core.Clients;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>Creates an app of a profile in one form.</summary>
internal sealed class NewAppModel(ClientAdministration clients) : ConsolePage
{
    /// <summary>The kinds of program in the order of the form.</summary>
    public static IReadOnlyList<ClientProfile> Profiles { get; } =
    [ClientProfile.Web, ClientProfile.Spa, ClientProfile.Native, ClientProfile.Service];

    /// <summary>The fields of the form; nothing else of an app can be set here.</summary>
    public sealed class NewApp
    {
        public string? ClientId { get; set; }
        public string? Name { get; set; }
        public string? Profile { get; set; }
        public string? RedirectUris { get; set; }
        public string? PostLogoutRedirectUris { get; set; }
        public string? Scopes { get; set; }
    }

    /// <summary>The new app with its secret; null before.</summary>
    public WrittenClient? Made { get; private set; }

    [BindProperty]
    public NewApp Input { get; set; } = new();

    [Permission("clients.write")]
    public void OnGet() => Input = new() { Profile = nameof(ClientProfile.Web), Scopes = "openid\nprofile\nemail" };

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostAsync()
    {
        var id = Input.ClientId?.Trim() ?? string.Empty;
        ClientDefinition definition = new()
        {
            Profile = Enum.TryParse<ClientProfile>(Input.Profile, out var profile) ? profile : ClientProfile.Web,
            Name = Input.Name,
            RedirectUris = Lines(Input.RedirectUris),
            PostLogoutRedirectUris = Lines(Input.PostLogoutRedirectUris),
            Scopes = Lines(Input.Scopes),
        };
        var outcome = await clients.CreateAsync(Operator, id, definition, RequestContext, Aborted);
        if (outcome is AdminOutcome<WrittenClient>.Done { Value.Secret: not null } made)
        {
            // Shown only in this answer, which is not cached: a redirect would need an address or a cookie that
            // outlives it.
            Made = made.Value;
            return Page();
        }
        return await AnswerAsync(
            outcome,
            static written => $"/admin/apps/app?id={Uri.EscapeDataString(written.Id)}&done=AppMade",
            () => Task.FromResult<IActionResult>(Page())
        );
    }

    private static string[]? Lines(string? text) =>
        text?.Split(['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            is { Length: > 0 } lines
            ? lines
            : null;
}
