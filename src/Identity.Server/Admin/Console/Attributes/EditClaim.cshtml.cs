using Identity.Core.Attributes;
using Identity.Core.Profile;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>Changes where the value of a mapped claim comes from, and where it stands. Another name, scope or app makes
/// another mapping.</summary>
internal sealed class EditClaimModel(ClaimMappingStore store, AttributeDefinitions definitions)
    : MappingPage(store, definitions)
{
    private readonly ClaimMappingStore _store = store;

    [BindProperty(SupportsGet = true, Name = "id")]
    public Guid Id { get; set; }

    public ClaimMapping Mapping { get; private set; } = null!;

    /// <summary>The version that the operator saw.</summary>
    public long Version { get; private set; }

    [Permission("clients.write")]
    public async Task<IActionResult> OnGetAsync()
    {
        if (!await FindAsync())
            return NotFound();
        Version = Mapping.Version;
        Input = MappingForm.Of(Mapping);
        return Page();
    }

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostAsync(long version)
    {
        Version = version;
        if (!await FindAsync())
            return NotFound();
        (Input.Claim, Input.Scope, Input.ClientId) = (Mapping.Claim, Mapping.Scope, Mapping.ClientId);
        return await AnswerAsync(
            await _store.WriteAsync(Operator, Input.ToMapping(), version, RequestContext, Aborted),
            static _ => "/admin/claims?done=changedMapping",
            () => Task.FromResult<IActionResult>(Page())
        );
    }

    private async Task<bool> FindAsync()
    {
        await ReadAsync();
        var found = Mappings.FirstOrDefault(one => one.Id == Id);
        Mapping = found!;
        return found is not null;
    }
}
