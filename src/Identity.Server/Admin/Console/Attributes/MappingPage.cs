using Identity.Core.Attributes;
using Identity.Core.Profile;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>What the pages of claim mappings share: the form, and what its value can come from.</summary>
internal abstract class MappingPage(ClaimMappingStore store, AttributeDefinitions definitions) : ConsolePage
{
    [BindProperty]
    public MappingForm Input { get; set; } = new();

    public IReadOnlyList<ClaimMapping> Mappings { get; private set; } = [];

    public IReadOnlyList<AttributeDefinition> Attributes { get; private set; } = [];

    /// <summary>The fields of the profile that a claim can be made of, by name.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. ScopeClaims.Columns.Order(StringComparer.Ordinal)];

    protected override string Thing => "mapping.";

    protected async Task ReadAsync()
    {
        Mappings = ListOf(await store.ListAsync(Operator, Aborted));
        Attributes = ListOf(await definitions.ListAsync(Operator, Aborted));
    }
}
