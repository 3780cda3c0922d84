using Identity.Core.Administration;
using Identity.Core.Clients;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>Every editable property of an app, in groups, each with its meaning and default.</summary>
internal sealed class EditAppModel(ClientAdministration clients, IStringLocalizer<AppTexts> texts) : ConsolePage
{
    private const string Prefix = "p.";
    private Client? _defaults;

    public string Id { get; private set; } = string.Empty;

    /// <summary>The version that was read, to be sent with the change.</summary>
    public string Version { get; private set; } = string.Empty;

    /// <summary>The values as text, by the name of the property.</summary>
    public IReadOnlyDictionary<string, string> Values { get; private set; } = new Dictionary<string, string>();

    /// <summary>The name of a field in the form.</summary>
    public static string FieldOf(ClientProperty property) => Prefix + property.Name;

    /// <summary>The default if the field is empty.</summary>
    public string DefaultOf(ClientProperty property) =>
        _defaults is null ? string.Empty : property.DefaultIn(_defaults);

    [Permission("clients.write")]
    public async Task<IActionResult> OnGetAsync(string? id)
    {
        if (await FindAsync(id) is not { Definition: { } definition } found)
            return NotFound();
        Show(found, property => property.Read(definition));
        return Page();
    }

    [Permission("clients.write")]
    public async Task<IActionResult> OnPostAsync(string? id, string? version)
    {
        if (await FindAsync(id) is not { Definition: { } definition } found)
            return NotFound();
        // Only properties of the catalog: other fields of a form are ignored.
        var form = await Request.ReadFormAsync(Aborted);
        foreach (var property in ClientProperties.All.Where(property => form.ContainsKey(FieldOf(property))))
        {
            if (!property.TryWrite(definition, form[FieldOf(property)]))
                Wrong(FieldOf(property), texts["Edit.NotAValue", property.Name]);
        }
        if (!ModelState.IsValid)
            return Again();
        var outcome = await clients.ChangeAsync(Operator, found.Id, definition, version, RequestContext, Aborted);
        if (outcome is AdminOutcome<WrittenClient>.Failed { Reason: AdminOutcome.Invalid invalid })
        {
            foreach (var fault in invalid.More.Prepend(invalid))
                Wrong(FieldNamed(fault.Field), fault.Text);
            return Again();
        }
        return await AnswerAsync(
            outcome,
            written => $"/admin/apps/app?id={Uri.EscapeDataString(written.Id)}&done=AppChanged",
            () => Task.FromResult(Again())
        );

        IActionResult Again()
        {
            Show(found, property => form[FieldOf(property)].ToString());
            Version = version ?? Version;
            return Page();
        }
    }

    private async Task<ClientDetail?> FindAsync(string? id) =>
        await clients.ReadAsync(Operator, id ?? string.Empty, Aborted) is AdminOutcome<ClientDetail>.Done found
        && found.Value.IsStored
            ? found.Value
            : null;

    private void Show(ClientDetail found, Func<ClientProperty, string> value)
    {
        (Id, Version) = (found.Id, found.Version ?? string.Empty);
        _defaults = ClientAdministration.DefaultsOf(found.Definition?.Profile ?? ClientProfile.Web);
        Values = ClientProperties.All.ToDictionary(static property => property.Name, value, StringComparer.Ordinal);
    }

    // redirect_uris is the property RedirectUris; a fault of the whole app appears only in the summary.
    private static string FieldNamed(string field)
    {
        var name = field.Split('.')[0].Replace("_", string.Empty, StringComparison.Ordinal);
        return
            ClientProperties.All.FirstOrDefault(property =>
                property.Name.Split('.')[0].Equals(name, StringComparison.OrdinalIgnoreCase)
            )
                is { } found
            ? FieldOf(found)
            : string.Empty;
    }
}
