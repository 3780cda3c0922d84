using Identity.Core.Administration;
using Identity.Core.Detection;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Admin.Console.Alerts;

/// <summary>One alert: what it is about, what to do, and who looks after it.</summary>
internal sealed class AlertPageModel(AlertAdministration alerts) : ConsolePage
{
    /// <summary>What the operator writes for the next one.</summary>
    public sealed class Acknowledgement
    {
        public string? Note { get; set; }
    }

    [BindProperty]
    public Acknowledgement Input { get; set; } = new();

    public Alert Alert { get; private set; } = null!;

    /// <summary>A text as the page shows it: with a link where it is the id of a person whom the operator may
    /// see.</summary>
    public AlertSubject SubjectOf(string text) =>
        new(
            text,
            Guid.TryParse(text, out var person) && Operator.May(AdminPermission.UsersRead)
                ? $"/admin/people/{person}"
                : null
        );

    [Permission("alerts.read")]
    public Task<IActionResult> OnGetAsync(Guid id) => ShowAsync(id);

    [Permission("alerts.write")]
    public async Task<IActionResult> OnPostAsync(Guid id) =>
        await AnswerAsync(
            await alerts.AcknowledgeAsync(Operator, id, Input.Note, RequestContext, Aborted),
            static alert => $"/admin/alerts/alert?id={alert.Id}&done=Acknowledged",
            () => ShowAsync(id)
        );

    private async Task<IActionResult> ShowAsync(Guid id)
    {
        if (await alerts.FindAsync(Operator, id, Aborted) is not AdminOutcome<Alert>.Done found)
            return NotFound();
        Alert = found.Value;
        return Page();
    }
}
