using Identity.Core.Mail;
using Identity.Server.Browser;
using Identity.Server.Pages.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Development;

/// <summary>One mail, as text and as HTML. The HTML is a separate document in a sandbox: it runs no script, and its
/// links open in the top window.</summary>
internal sealed class MailboxMailModel(MailboxReader mailbox) : HostedPage
{
    public MailboxEntry Mail { get; private set; } = null!;

    /// <summary>The parts of the text, each a link or plain text.</summary>
    public IEnumerable<(string Text, bool IsLink)> Lines =>
        Mail
            .Content.Text.Split('\n')
            .Select(static line =>
                (
                    line,
                    line.StartsWith("http", StringComparison.Ordinal)
                        && Uri.TryCreate(line, UriKind.Absolute, out var uri)
                        && uri.Scheme is "http" or "https"
                )
            );

    public async Task<IActionResult> OnGetAsync(Guid id)
    {
        if (await mailbox.ReadAsync(id, HttpContext.RequestAborted) is not { } mail)
            return NotFound();
        Mail = mail;
        HttpContext.AllowFrame(Origin);
        return Page();
    }

    /// <summary>The content of the frame.</summary>
    public async Task<IActionResult> OnGetHtmlAsync(Guid id)
    {
        if (await mailbox.ReadAsync(id, HttpContext.RequestAborted) is not { } mail)
            return NotFound();
        HttpContext.AllowFrameAncestor(Origin);
        HttpContext.GetContentPolicy().IsMail = true;
        return Content(
            mail.Content.Html.Replace("<head>", "<head><base target=\"_top\">", StringComparison.Ordinal),
            "text/html; charset=utf-8"
        );
    }

    private string Origin => $"{Request.Scheme}://{Request.Host}";
}
