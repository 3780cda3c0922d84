using Identity.Core.Mail;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Development;

// Development owns the pages for trying out the provider. They exist only in the environment Development.

/// <summary>The mails that would have been sent, newest first. The page exists only in Development, because mails
/// contain other people's links.</summary>
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
