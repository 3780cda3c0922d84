using Identity.Core.Administration;
using Identity.Core.Keys;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>The keys that sign tokens: list, make the next, retire.</summary>
internal sealed class KeysModel(SigningKeyAdministration keys) : ConsolePage
{
    public IReadOnlyList<SigningKeyDescription> Keys { get; private set; } = [];

    /// <summary>The algorithms that have a key.</summary>
    public IEnumerable<string> Algorithms =>
        Keys.Select(static key => key.Algorithm).Distinct().Order(StringComparer.Ordinal);

    [Permission("keys.read")]
    public Task<IActionResult> OnGetAsync() => ShowAsync();

    [Permission("keys.write")]
    public async Task<IActionResult> OnPostRotateAsync(string? algorithm, bool now) =>
        await AnswerAsync(
            await keys.RotateAsync(Operator, algorithm ?? string.Empty, now, RequestContext, Aborted),
            static _ => "/admin/keys?done=KeyMade",
            ShowAsync
        );

    [Permission("keys.write")]
    public async Task<IActionResult> OnPostRetireAsync(string? kid, bool remove) =>
        await AnswerAsync(
            await keys.RetireAsync(Operator, kid ?? string.Empty, remove, RequestContext, Aborted),
            static _ => "/admin/keys?done=KeyRetired",
            ShowAsync
        );

    private async Task<IActionResult> ShowAsync()
    {
        if (await keys.ListAsync(Operator, Aborted) is AdminOutcome<IReadOnlyList<SigningKeyDescription>>.Done found)
            Keys = found.Value;
        return Page();
    }
}
