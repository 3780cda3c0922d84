using System.Globalization;
using Identity.Core.Administration;
using Identity.Core.Data;
using Identity.Core.Webhooks;
using Identity.Server.Admin.Console.Texts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console.Webhooks;

/// <summary>One webhook: what was sent and answered, a test, a pause, a new secret, and a span sent again.</summary>
internal sealed class WebhookModel(
    WebhookAdministration webhooks,
    TimeProvider time,
    IStringLocalizer<WebhookTexts> texts,
    IStringLocalizer<OperationTexts> shared
) : ConsolePage
{
    private const string Here = "/admin/webhooks/webhook";
    private const int PageSize = 50;

    /// <summary>Which events are sent again.</summary>
    public sealed class ReplaySpan
    {
        public string? From { get; set; }
        public string? Until { get; set; }
    }

    [BindProperty]
    public ReplaySpan Input { get; set; } = new();

    public WebhookEndpoint Webhook { get; private set; } = null!;

    public IReadOnlyList<WebhookLedgerEntry> Deliveries { get; private set; } = [];

    public Pager Pager { get; private set; } = new(null, null);

    /// <summary>A secret that was just created.</summary>
    public WebhookSecret? NewSecret { get; private set; }

    protected override string Thing => "webhook.";

    /// <summary>The receiver's answer as the ledger has it.</summary>
    public static string Words(int? status, string? error) =>
        (status, error) switch
        {
            (null, null) => "–",
            ({ } code, null) => code.ToString(CultureInfo.InvariantCulture),
            (null, { } words) => words,
            ({ } code, { } words) => string.Create(CultureInfo.InvariantCulture, $"{code}: {words}"),
        };

    [Permission("webhooks.read")]
    public Task<IActionResult> OnGetAsync(Guid id, string? after) => ShowAsync(id, after);

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostTestAsync(Guid id)
    {
        var outcome = await webhooks.TestAsync(Operator, id, RequestContext, Aborted);
        if (outcome is not AdminOutcome<WebhookAnswer>.Done { Value: { IsAcknowledged: false } answer })
            return await AnswerAsync(outcome, _ => Address(id, "TestWorked"), () => ShowAsync(id));
        Wrong("", texts["Test.Failed", Words(answer.Status, answer.Error)]);
        return await ShowAsync(id);
    }

    [Permission("webhooks.write")]
    public Task<IActionResult> OnPostPauseAsync(Guid id) => EnableAsync(id, enabled: false, "Paused");

    [Permission("webhooks.write")]
    public Task<IActionResult> OnPostResumeAsync(Guid id) => EnableAsync(id, enabled: true, "Resumed");

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostRotateAsync(Guid id)
    {
        var outcome = await webhooks.RotateAsync(Operator, id, RequestContext, Aborted);
        if (outcome is not AdminOutcome<WebhookSecret>.Done rotated)
            return await AnswerAsync(outcome, _ => Address(id), () => ShowAsync(id));
        // In this answer only, which is not cached.
        NewSecret = rotated.Value;
        return await ShowAsync(id);
    }

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostReplayAsync(Guid id)
    {
        var from = Moment(Input.From, nameof(Input.From));
        var until = string.IsNullOrWhiteSpace(Input.Until)
            ? time.GetUtcNow()
            : Moment(Input.Until, nameof(Input.Until));
        if (from is not { } start || until is not { } end)
            return await ShowAsync(id);
        return await AnswerAsync(
            await webhooks.ReplayAsync(Operator, id, start, end, RequestContext, Aborted),
            _ => Address(id, "Replayed"),
            () => ShowAsync(id)
        );
    }

    [Permission("webhooks.write")]
    public async Task<IActionResult> OnPostRemoveAsync(Guid id) =>
        await AnswerAsync(
            await webhooks.RemoveAsync(Operator, id, RequestContext, Aborted),
            "/admin/webhooks?done=Removed",
            () => ShowAsync(id)
        );

    private static string Address(Guid id, string? done = null) =>
        Pager.Address(Here, ("id", id.ToString()), ("done", done));

    private async Task<IActionResult> EnableAsync(Guid id, bool enabled, string done) =>
        await AnswerAsync(
            await webhooks.EnableAsync(Operator, id, enabled, RequestContext, Aborted),
            Address(id, done),
            () => ShowAsync(id)
        );

    private DateTimeOffset? Moment(string? text, string field)
    {
        if (Pager.Read(text?.Trim()) is { } moment)
            return moment;
        Wrong($"{nameof(Input)}.{field}", shared["Filter.Wrong"]);
        return null;
    }

    private async Task<IActionResult> ShowAsync(Guid id, string? after = null)
    {
        if (await webhooks.FindAsync(Operator, id, Aborted) is not AdminOutcome<WebhookEndpoint>.Done found)
            return NotFound();
        Webhook = found.Value;
        var place = Pager.ReadPlace(after);
        var read = ListOf(await webhooks.DeliveriesAsync(Operator, id, place, PageSize + 1, Aborted));
        Deliveries = [.. read.Take(PageSize)];
        Pager = new(
            place is null ? null : Address(id),
            read.Count > PageSize ? Link(new(Deliveries[^1].CreatedAt, Deliveries[^1].Id)) : null
        );
        return Page();

        string Link(ListPlace last) => Pager.Address(Here, ("id", id.ToString()), ("after", Pager.Write(last)));
    }
}
