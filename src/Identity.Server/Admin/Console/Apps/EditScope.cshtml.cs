using Identity.Core.Administration;
using Identity.Core.Clients;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>Changes or removes a stored scope.</summary>
internal sealed class EditScopeModel(ScopeAdministration scopes) : ConsolePage
{
    [BindProperty]
    public ScopeForm Input { get; set; } = new();

    public string Name { get; private set; } = string.Empty;

    public string Version { get; private set; } = string.Empty;

    public IReadOnlyList<string> Apps { get; private set; } = [];

    [Permission("scopes.write")]
    public async Task<IActionResult> OnGetAsync(string? name)
    {
        if (await FindAsync(name) is not { } found)
            return NotFound();
        Show(found, found.Version!);
        Input = ScopeForm.Of(found.Scope);
        return Page();
    }

    [Permission("scopes.write")]
    public async Task<IActionResult> OnPostAsync(string? name, string? version) =>
        await AnswerAsync(
            await scopes.ChangeAsync(
                Operator,
                name ?? string.Empty,
                Input.ToDefinition(),
                version,
                RequestContext,
                Aborted
            ),
            "/admin/scopes?done=ScopeChanged",
            () => AgainAsync(name, version)
        );

    [Permission("scopes.write")]
    public async Task<IActionResult> OnPostRemoveAsync(string? name, string? version) =>
        await AnswerAsync(
            await scopes.RemoveAsync(Operator, name ?? string.Empty, version, RequestContext, Aborted),
            "/admin/scopes?done=ScopeRemoved",
            () => OnGetAsync(name)
        );

    private async Task<IActionResult> AgainAsync(string? name, string? version)
    {
        if (await FindAsync(name) is not { } found)
            return NotFound();
        Show(found, version ?? string.Empty);
        return Page();
    }

    private async Task<ScopeListing?> FindAsync(string? name) =>
        await scopes.ListAsync(Operator, Aborted) is AdminOutcome<IReadOnlyList<ScopeListing>>.Done all
            ? all.Value.FirstOrDefault(listing => listing.Scope.Name == name && listing.Version is not null)
            : null;

    private void Show(ScopeListing found, string version) =>
        (Name, Version, Apps) = (found.Scope.Name, version, found.Clients);
}
