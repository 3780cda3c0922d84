using System.Reflection;
using Identity.Core.Administration;
using Identity.Core.Sessions;
using Identity.Server.Browser;

namespace Identity.Server.Admin.Console;

/// <summary>The gate's decision about a request to the console.</summary>
internal abstract record ConsoleEntry
{
    private ConsoleEntry() { }

    /// <summary>Access granted.</summary>
    public sealed record Open(Operator Operator, ActiveSession Session) : ConsoleEntry;

    /// <summary>Nobody is signed in.</summary>
    public sealed record SignIn : ConsoleEntry;

    /// <summary>The person holds no administrative role: the answer is 404, so that not even the page's existence is
    /// revealed.</summary>
    public sealed record Absent : ConsoleEntry;

    /// <summary>An operator who has used only one factor.</summary>
    /// <param name="IsSetUp">Whether a second one is set up.</param>
    public sealed record SecondFactor(bool IsSetUp) : ConsoleEntry;

    /// <summary>An operator without this permission.</summary>
    public sealed record Refused(string Permission) : ConsoleEntry;
}

/// <summary>Decides who may use which handler of the console. It runs on every request, so that the withdrawal of a
/// role takes effect at once.</summary>
internal sealed class ConsoleGate(OperatorReader operators, RefusalLog refusals, IHostEnvironment environment)
{
    /// <summary>Decides on a request for a handler of a page; null if the page has no such handler.</summary>
    public async Task<ConsoleEntry> JudgeAsync(HttpContext http, MethodInfo? handler)
    {
        if (await http.GetActiveSessionAsync() is not { } session)
            return new ConsoleEntry.SignIn();
        if (
            await operators.OfPersonAsync(session.UserId, session.Id, session.ProvedAt, http.RequestAborted)
            is not { } person
        )
            return new ConsoleEntry.Absent();
        var (permission, open) = Demand(handler);
        if (permission is null && open is null)
            return new ConsoleEntry.Absent();
        if (!session.HasSecondFactor && !environment.IsDevelopment() && open is not { WithoutSecondFactor: true })
            return new ConsoleEntry.SecondFactor(session.TwoFactorEnabled);
        if (permission is null || person.Permissions.Any(held => held.Name == permission.Name))
            return new ConsoleEntry.Open(person, session);
        await NoteAsync(http, person, permission.Name);
        return new ConsoleEntry.Refused(permission.Name);
    }

    /// <summary>Records in the audit log that an operator was refused.</summary>
    /// <param name="rule">The permission or the rule.</param>
    public Task NoteAsync(HttpContext http, Operator person, string rule) => refusals.NoteAsync(http, person, rule);

    // The language switch is part of every page and reveals nothing.
    private static (PermissionAttribute? Permission, AnyOperatorAttribute? Open) Demand(MethodInfo? handler) =>
        handler is null ? (null, null)
        : typeof(ConsolePage).IsAssignableFrom(handler.DeclaringType)
            ? (handler.GetCustomAttribute<PermissionAttribute>(), handler.GetCustomAttribute<AnyOperatorAttribute>())
        : (null, new AnyOperatorAttribute { WithoutSecondFactor = true });
}
