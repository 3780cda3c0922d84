using Identity.Core.Mail;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Development;

// Development's pages are for whoever tries the provider out. They exist where the environment is Development, and
// nowhere else.

/// <summary>The mails that would have been sent, newest first. Anywhere but in Development there is no such page, for
/// mails hold other people's links.</summary>
internal sealed class MailboxModel(MailboxReader mailbox) : HostedPage
{
    private const int Shown = 100;

    public IReadOnlyList<MailboxEntry> Mails { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync()
    {
        if (!mailbox.IsAvailable)
            return NotFound();
        Mails = await mailbox.ListAsync(Shown, HttpContext.RequestAborted);
        return Page();
    }
}
