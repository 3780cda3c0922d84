using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Core.Denials;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>One app: how to connect a program, its secrets, what it holds, and its recently refused requests.</summary>
internal sealed class AppModel(
    ClientAdministration clients,
    ClientHoldingsReader holdings,
    DenialAdministration denials,
    IConfiguration configuration,
    IStringLocalizer<AppTexts> texts
) : ConsolePage
{
    private const int RefusalsShown = 10;

    public ClientDetail App { get; private set; } = null!;

    public ClientHoldings? Holdings { get; private set; }

    public IReadOnlyList<DeniedRequest> Refusals { get; private set; } = [];

    public IReadOnlyList<ClientSnippet> Snippets { get; private set; } = [];

    /// <summary>A secret that was just created.</summary>
    public string? NewSecret { get; private set; }

    /// <summary>Whether this address of a refused request can be proposed as a redirect URI.</summary>
    public bool CanAllow(DeniedRequest refusal) =>
        Operator.May(AdminPermission.ClientsWrite)
        && App.IsStored
        && refusal is { Difference: not null, Received: { } received }
        && App.Effective is { } client
        && !client.AllowsRedirectUri(received)
        && RedirectUri.Problem(client.Profile, received) is null;

    [Permission("clients.read")]
    public Task<IActionResult> OnGetAsync(string? id) => ShowAsync(id);

    [Permission("clients.secrets")]
    public async Task<IActionResult> OnPostRotateAsync(string? id, int hours)
    {
        var outcome = await clients.RotateSecretAsync(
            Operator,
            id ?? string.Empty,
            TimeSpan.FromHours(hours),
            null,
            RequestContext,
            Aborted
        );
        if (outcome is not AdminOutcome<RotatedSecret>.Done rotated)
            return await AnswerAsync(outcome, _ => Address(id), () => ShowAsync(id));
        NewSecret = rotated.Value.Secret;
        return await ShowAsync(id);
    }

    [Permission("clients.secrets")]
    public async Task<IActionResult> OnPostRevokeAsync(string? id, string? secret) =>
        await AnswerAsync(
            await clients.RevokeSecretAsync(
                Operator,
                id ?? string.Empty,
                secret ?? string.Empty,
                RequestContext,
                Aborted
            ),
            Address(id, "SecretRevoked"),
            () => ShowAsync(id)
        );

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostAllowAsync(string? id, string? address) =>
        await AnswerAsync(
            await clients.AllowAddressAsync(
                Operator,
                id ?? string.Empty,
                address ?? string.Empty,
                RequestContext,
                Aborted
            ),
            _ => Address(id, "AddressAllowed"),
            () => ShowAsync(id)
        );

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostRemoveAsync(string? id, string? confirm)
    {
        if (confirm?.Trim() != id)
        {
            Wrong("", texts["Remove.NotTyped"]);
            return await ShowAsync(id);
        }
        return await AnswerAsync(
            await clients.RemoveAsync(Operator, id ?? string.Empty, null, RequestContext, Aborted),
            "/admin/apps?done=AppRemoved",
            () => ShowAsync(id)
        );
    }

    private static string Address(string? id, string? done = null) =>
        $"/admin/apps/app?id={Uri.EscapeDataString(id ?? string.Empty)}{(done is null ? "" : $"&done={done}")}";

    private async Task<IActionResult> ShowAsync(string? id)
    {
        if (await clients.ReadAsync(Operator, id ?? string.Empty, Aborted) is not AdminOutcome<ClientDetail>.Done found)
            return NotFound();
        App = found.Value;
        if (await holdings.ReadAsync(Operator, App.Id, Aborted) is AdminOutcome<ClientHoldings>.Done held)
            Holdings = held.Value;
        if (
            await denials.ListAsync(Operator, App.Id, null, RefusalsShown, Aborted)
            is AdminOutcome<IReadOnlyList<DeniedRequest>>.Done refused
        )
            Refusals = refused.Value;
        if (App.Effective is { } client)
            Snippets = ClientSnippets.For(client, Issuer());
        return Page();
    }

    private string Issuer() => (configuration["Identity:Issuer"] ?? $"{Request.Scheme}://{Request.Host}").TrimEnd('/');
}
