using Identity.Core.Administration;
using Identity.Core.Attributes;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>Changes or removes an attribute. Its name and its type stay.</summary>
internal sealed class EditAttributeModel(AttributeDefinitions definitions) : ConsolePage
{
    [BindProperty(SupportsGet = true, Name = "name")]
    public string? Name { get; set; }

    [BindProperty]
    public AttributeForm Input { get; set; } = new();

    public AttributeDefinition Definition { get; private set; } = null!;

    /// <summary>The version that the operator saw.</summary>
    public long Version { get; private set; }

    protected override string Thing => "attribute.";

    [Permission("users.write")]
    public async Task<IActionResult> OnGetAsync()
    {
        if (!await FindAsync())
            return NotFound();
        Version = Definition.Version;
        Input = AttributeForm.Of(Definition);
        return Page();
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostAsync(long version)
    {
        Version = version;
        if (!await FindAsync())
            return NotFound();
        (Input.Name, Input.Type) = (Definition.Name, Definition.ValueType);
        return await AnswerAsync(
            await definitions.DefineAsync(Operator, Input.ToDefinition(), version, RequestContext, Aborted),
            static _ => "/admin/attributes?done=changed",
            () => Task.FromResult<IActionResult>(Page())
        );
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostRemoveAsync() =>
        await AnswerAsync(
            await definitions.RemoveAsync(Operator, Name ?? "", RequestContext, Aborted),
            "/admin/attributes?done=removed",
            OnGetAsync
        );

    private async Task<bool> FindAsync()
    {
        var found = ListOf(await definitions.ListAsync(Operator, Aborted)).FirstOrDefault(one => one.Name == Name);
        Definition = found!;
        return found is not null;
    }
}
