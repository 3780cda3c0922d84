using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Operations;

/// <summary>The outbox, and whether the mail server works.</summary>
internal sealed class MailModel(MailAdministration mail, IStringLocalizer<OperationTexts> texts) : ConsolePage
{
    private const int PageSize = 50;

    /// <summary>The recipient of a test mail.</summary>
    public sealed class TestMail
    {
        public string? Address { get; set; }
    }

    [BindProperty]
    public TestMail Input { get; set; } = new();

    [BindProperty(SupportsGet = true)]
    public MailState? State { get; set; }

    public IReadOnlyList<MailLedgerEntry> Mails { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    [Permission("mail.read")]
    public Task<IActionResult> OnGetAsync(string? after) => ShowAsync(after);

    [Permission("mail.write")]
    public async Task<IActionResult> OnPostRetryAsync() =>
        await AnswerAsync(
            await mail.RetryAsync(Operator, RequestContext, Aborted),
            static _ => "/admin/mail?done=MailRetried",
            () => ShowAsync(null)
        );

    [Permission("mail.write")]
    public async Task<IActionResult> OnPostTestAsync()
    {
        var outcome = await mail.TestAsync(Operator, Input.Address, RequestContext, Aborted);
        if (outcome is not AdminOutcome<MailServerResult>.Done { Value: not MailServerResult.Works and var problem })
            return await AnswerAsync(outcome, static _ => "/admin/mail?done=MailWorks", () => ShowAsync(null));
        Wrong("", problem is MailServerResult.Fails failed ? texts["Mail.Fails", failed.Reason] : texts["Mail.NotSet"]);
        return await ShowAsync(null);
    }

    private async Task<IActionResult> ShowAsync(string? after)
    {
        var place = Pager.ReadPlace(after);
        var outcome = await mail.ListAsync(Operator, new(State), place, PageSize + 1, Aborted);
        if (outcome is not AdminOutcome<IReadOnlyList<MailLedgerEntry>>.Done found)
            return Page();
        Mails = [.. found.Value.Take(PageSize)];
        Pager = new(
            place is null ? null : Link(null),
            found.Value.Count > PageSize ? Link(new(Mails[^1].CreatedAt, Mails[^1].Id)) : null
        );
        return Page();
    }

    private string Link(ListPlace? after) =>
        Pager.Address(
            "/admin/mail",
            ("State", State?.ToString()),
            ("after", after is { } place ? Pager.Write(place) : null)
        );
}
