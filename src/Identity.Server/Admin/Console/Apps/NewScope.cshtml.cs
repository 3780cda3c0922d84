using Identity.Core.Clients;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>Creates a scope.</summary>
internal sealed class NewScopeModel(ScopeAdministration scopes) : ConsolePage
{
    [BindProperty]
    public ScopeForm Input { get; set; } = new();

    [Permission("scopes.write")]
    public void OnGet() { }

    [Permission("scopes.write")]
    public async Task<IActionResult> OnPostAsync() =>
        await AnswerAsync(
            await scopes.CreateAsync(
                Operator,
                Input.Name?.Trim() ?? string.Empty,
                Input.ToDefinition(),
                RequestContext,
                Aborted
            ),
            "/admin/scopes?done=ScopeMade",
            () => Task.FromResult<IActionResult>(Page())
        );
}
