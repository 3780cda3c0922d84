using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.People;
using Identity.Core.Sessions;
using Identity.Server.Admin.Console.Texts;
using Identity.Server.Browser;
using Identity.Server.Presentation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Admin.Console;

/// <summary>A page of the console: it knows the operator and translates the outcome of an action into an
/// answer.</summary>
internal abstract class ConsolePage : LocalizedPage
{
    private ConsoleEntry.Open? _entry;

    /// <summary>Who is acting.</summary>
    public Operator Operator => _entry!.Operator;

    /// <summary>The session in which they act.</summary>
    public ActiveSession Session => _entry!.Session;

    /// <summary>What was just done, taken from the address of the form's 303: the end of a key <c>Done.*</c>, or
    /// null.</summary>
    public string? DoneKey => Request.Query["done"] is [{ Length: > 0 and <= 40 } key] ? key : null;

    /// <summary>The beginning of the keys of this page's own texts about wrong values; empty for those that every page
    /// shares.</summary>
    protected virtual string Thing => "";

    /// <summary>The operator's request context.</summary>
    protected RequestContext RequestContext => HttpContext.ReadRequestContext();

    protected CancellationToken Aborted => HttpContext.RequestAborted;

    private IStringLocalizer<ConsoleTexts> Texts =>
        HttpContext.RequestServices.GetRequiredService<IStringLocalizer<ConsoleTexts>>();

    private ConsoleGate Gate => HttpContext.RequestServices.GetRequiredService<ConsoleGate>();

    /// <inheritdoc />
    public override async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        switch (await Gate.JudgeAsync(HttpContext, context.HandlerMethod?.MethodInfo))
        {
            case ConsoleEntry.Open open:
                _entry = open;
                HttpContext.Features.Set(open.Operator);
                await next();
                break;
            case ConsoleEntry.SignIn:
                context.Result = SeeOther(LocalUrl.With("/sign-in", WayBack()));
                break;
            case ConsoleEntry.SecondFactor { IsSetUp: true }:
                context.Result = SeeOther(LocalUrl.With("/confirm-identity", WayBack()));
                break;
            case ConsoleEntry.SecondFactor:
                context.Result = SeeOther("/admin/second-factor");
                break;
            case ConsoleEntry.Refused:
                context.Result = StatusCode(StatusCodes.Status403Forbidden);
                break;
            default:
                context.Result = NotFound();
                break;
        }
    }

    /// <summary>The answer after an action.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="done">The target after a success; a local path.</param>
    /// <param name="again">Shows the page again with the error.</param>
    /// <param name="form">The input model of the form, if a page has several.</param>
    protected async Task<IActionResult> AnswerAsync(
        AdminOutcome outcome,
        string done,
        Func<Task<IActionResult>> again,
        string form = "Input"
    )
    {
        switch (outcome)
        {
            case AdminOutcome.Done:
                return SeeOther(done);
            case AdminOutcome.NotFound:
                return NotFound();
            case AdminOutcome.NeedsProof:
                return SeeOther(LocalUrl.With("/confirm-identity", WayBack()));
            case AdminOutcome.Refused idle when PersonRule.ForbidsNothing(idle.Rule):
                Wrong("", WordedRefusal(idle));
                Response.StatusCode = StatusCodes.Status409Conflict;
                break;
            case AdminOutcome.Refused refused:
                await Gate.NoteAsync(HttpContext, Operator, refused.Rule);
                Wrong("", WordedRefusal(refused));
                Response.StatusCode = StatusCodes.Status403Forbidden;
                break;
            case AdminOutcome.Invalid invalid:
                foreach (var fault in invalid.More.Prepend(invalid))
                    Wrong($"{form}.{Property(fault.Field)}", WordedFault(fault));
                break;
            case AdminOutcome.Stale:
                Wrong("", Texts["Rule.stale"]);
                Response.StatusCode = StatusCodes.Status409Conflict;
                break;
        }
        return await again();
    }

    /// <summary>The same for an action that returns something.</summary>
    protected Task<IActionResult> AnswerAsync<T>(
        AdminOutcome<T> outcome,
        Func<T, string> done,
        Func<Task<IActionResult>> again,
        string form = "Input"
    ) =>
        outcome switch
        {
            AdminOutcome<T>.Done value => Task.FromResult(SeeOther(done(value.Value))),
            AdminOutcome<T>.Failed failed => AnswerAsync(failed.Reason, "/admin", again, form),
            _ => throw new InvalidOperationException("An outcome is done or failed."),
        };

    /// <summary>The entries of a list; empty if the operator may not see it, so that the rest of the page still
    /// works.</summary>
    protected static IReadOnlyList<T> ListOf<T>(AdminOutcome<IReadOnlyList<T>> outcome) =>
        outcome is AdminOutcome<IReadOnlyList<T>>.Done list ? list.Value : [];

    private string WordedFault(AdminOutcome.Invalid fault)
    {
        var key = Thing + fault.Field;
        return Worded(Texts[$"Invalid.{key}"], fault.Text);
    }

    private string WordedRefusal(AdminOutcome.Refused refused) =>
        AdminPermission.Find(refused.Rule) is { } missing
            ? Texts["Rule.Permission", missing.Name]
            : Worded(Texts[$"Rule.{refused.Rule}"], refused.Text);

    // The rooms' texts are English, for the API and the command line; the console translates them.
    private static string Worded(LocalizedString own, string text) => own.ResourceNotFound ? text : own.Value;

    // display_name becomes DisplayName: the property of the input model.
    private static string Property(string field) =>
        string.Concat(
            field
                .Split('_', StringSplitOptions.RemoveEmptyEntries)
                .Select(static word => char.ToUpperInvariant(word[0]) + word[1..])
        );

    // Returns to the page itself, without the data of a posted form.
    private string WayBack()
    {
        var query = QueryString.Create(Request.Query.Where(static pair => pair.Key != "handler"));
        return LocalUrl.OrNull(Request.Path + query.Value) ?? Request.Path;
    }
}
