using Identity.Core.Administration;
using Identity.Core.Attributes;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>Which attributes people have, and a new one.</summary>
internal sealed class AttributeListModel(AttributeDefinitions definitions) : ConsolePage
{
    // No definition stands: what somebody else defined meanwhile is not overwritten.
    private const long New = 0;

    [BindProperty]
    public AttributeForm Input { get; set; } = new();

    public IReadOnlyList<AttributeDefinition> Attributes { get; private set; } = [];

    protected override string Thing => "attribute.";

    [Permission("users.read")]
    public async Task OnGetAsync()
    {
        Input = new()
        {
            Type = AttributeDefinition.ValueTypes[0],
            VisibleTo = AttributeDefinition.Administrator,
            EditableBy = AttributeDefinition.Administrator,
        };
        await AgainAsync();
    }

    [Permission("users.write")]
    public async Task<IActionResult> OnPostAsync() =>
        await AnswerAsync(
            await definitions.DefineAsync(Operator, Input.ToDefinition(), New, RequestContext, Aborted),
            static _ => "/admin/attributes?done=defined",
            AgainAsync
        );

    private async Task<IActionResult> AgainAsync()
    {
        Attributes = ListOf(await definitions.ListAsync(Operator, Aborted));
        return Page();
    }
}
