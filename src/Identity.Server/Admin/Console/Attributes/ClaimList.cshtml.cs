using Identity.Core.Attributes;
using Identity.Core.Profile;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>Which claims are made without code, and a new one.</summary>
internal sealed class ClaimListModel(ClaimMappingStore store, AttributeDefinitions definitions)
    : MappingPage(store, definitions)
{
    // No mapping stands: one that somebody else made meanwhile is not overwritten.
    private const long New = 0;

    private readonly ClaimMappingStore _store = store;

    [Permission("clients.read")]
    public async Task OnGetAsync()
    {
        Input = new() { Source = ClaimSource.Roles, IdToken = true };
        await ReadAsync();
    }

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostAsync() =>
        await AnswerAsync(
            await _store.WriteAsync(Operator, Input.ToMapping(), New, RequestContext, Aborted),
            static _ => "/admin/claims?done=mapped",
            AgainAsync
        );

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostRemoveAsync(Guid mapping) =>
        await AnswerAsync(
            await _store.RemoveAsync(Operator, mapping, RequestContext, Aborted),
            "/admin/claims?done=unmapped",
            AgainAsync
        );

    /// <summary>Where a mapped claim stands, by the end of the key of its text.</summary>
    public static IEnumerable<string> PlacesOf(ClaimMapping mapping) =>
        new (string Place, bool On)[]
        {
            ("IdToken", mapping.InIdToken),
            ("AccessToken", mapping.InAccessToken),
            ("UserInfo", mapping.InUserInfo),
        }
            .Where(static place => place.On)
            .Select(static place => place.Place);

    private async Task<IActionResult> AgainAsync()
    {
        await ReadAsync();
        return Page();
    }
}
