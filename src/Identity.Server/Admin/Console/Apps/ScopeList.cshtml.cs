using Identity.Core.Administration;
using Identity.Core.Clients;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>Every scope, and the API behind it.</summary>
internal sealed class ScopeListModel(ScopeAdministration scopes) : ConsolePage
{
    public IReadOnlyList<ScopeListing> Scopes { get; private set; } = [];

    [Permission("scopes.read")]
    public async Task OnGetAsync()
    {
        if (await scopes.ListAsync(Operator, Aborted) is AdminOutcome<IReadOnlyList<ScopeListing>>.Done found)
            Scopes = found.Value;
    }
}
