using System.CommandLine;
using System.Security.Cryptography;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Privacy;
using Identity.Core.Sessions;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users</c>: people, as an operator helps them. Everything done here stands in the audit
/// log.</summary>
internal static class UsersCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "users",
            """
            Manage people: add, find, lock, disable, sign out, remove.
            Example: identity users add ada@example.com --name "Ada Lovelace"
            """
        )
        {
            Add(context),
            List(context),
            Show(context),
            Lock(context),
            Change(
                context,
                ["unlock"],
                "Take an operator's lock off an account, and any that wrong passwords started.",
                "is not locked any more",
                static (services, user, cancel) =>
                    services.GetRequiredService<AccountLock>().UnlockAsync(user, CommandContext.Operator, cancel)
            ),
            Change(
                context,
                ["deactivate", "disable"],
                "Disable an account and end its sessions and tokens. Nothing else is lost.",
                "is off",
                static (services, user, cancel) =>
                    services.GetRequiredService<UserStore>().DisableAsync(user.Id, CommandContext.Operator, cancel),
                "is off already"
            ),
            Change(
                context,
                ["reactivate", "enable"],
                "Enable an account again. Ended sessions stay ended.",
                "is on",
                static (services, user, cancel) =>
                    services.GetRequiredService<UserStore>().EnableAsync(user.Id, CommandContext.Operator, cancel),
                "is on already"
            ),
            EndSessions(context),
            Remove(context),
        };

    private static Command Add(CommandContext context)
    {
        var email = Email();
        Option<string?> name = new("--name") { Description = "The person's name.", HelpName = "NAME" };
        Option<bool> fromInput = new("--password-stdin")
        {
            Description =
                "Read the password from the first line of standard input. Otherwise a password is generated and shown once.",
        };
        Option<bool> verified = new("--verified") { Description = "Mark the email address as verified." };
        Command command = new(
            "add",
            """
            Add a person. The password is never given on the command line, where others could read it.
            Example: identity users add ada@example.com --password-stdin < password.txt
            """
        )
        {
            email,
            name,
            fromInput,
            verified,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var address = Parse(parsed.GetValue(email));
                var typed = parsed.GetValue(fromInput) ? await context.Input.ReadLineAsync(cancel) : null;
                var made = typed is null ? MakePassword() : null;
                var hash = await HashAsync(services, made ?? typed!, address, parsed.GetValue(name), cancel);
                var user =
                    await services
                        .GetRequiredService<Database>()
                        .InTransactionAsync(
                            async (transaction, cancel) =>
                            {
                                var created = await services
                                    .GetRequiredService<UserStore>()
                                    .CreateAsync(
                                        transaction,
                                        address,
                                        hash,
                                        parsed.GetValue(name),
                                        CommandContext.Operator,
                                        cancel
                                    );
                                if (created is not null && parsed.GetValue(verified))
                                    await transaction.ExecuteAsync(
                                        "UPDATE public.users SET email_verified = true WHERE id = @id",
                                        cancel,
                                        ("id", created.Id)
                                    );
                                return created;
                            },
                            cancel
                        )
                    ?? throw new CommandFailedException($"{address.Value} has an account already.");
                string[] shown = made is null
                    ? []
                    : [$"Password: {made}", "It is shown only once. Share it securely; the person should change it."];
                await answer.GiveAsync(
                    new
                    {
                        id = user.Id,
                        email = user.Email,
                        password = made,
                    },
                    [$"{user.Email} was added ({user.Id}).", .. shown]
                );
                return 0;
            }
        );
        return command;
    }

    private static Command List(CommandContext context)
    {
        Option<string?> search = new("--search")
        {
            Description = "Only people whose email address or name contains this text.",
            HelpName = "TEXT",
        };
        Option<int> limit = new("--limit")
        {
            Description = "The maximum number of results (1 to 1000).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 100,
        };
        Command command = new("list", "List people, newest first.") { search, limit };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                await answer.TableAsync(
                    await services
                        .GetRequiredService<UserStore>()
                        .SearchAsync(parsed.GetValue(search), parsed.GetValue(limit), cancel),
                    "Nobody.",
                    ("email", static user => user.Email),
                    ("name", static user => user.Name),
                    ("state", user => State(user, now)),
                    ("last sign-in", static user => Answer.Time(user.LastLoginAt)),
                    ("id", static user => user.Id.ToString())
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var email = Email();
        Command command = new("show", "Show one person and their sessions.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await FindAsync(services, parsed.GetValue(email), cancel);
                var sessions = await services.GetRequiredService<SessionStore>().ListAsync(user.Id, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user,
                        sessions = sessions.Select(static session => new
                        {
                            session.Id,
                            session.CreatedAt,
                            session.LastActivityAt,
                            session.ExpiresAt,
                            ipAddress = session.IpAddress?.ToString(),
                            session.UserAgent,
                            session.Amr,
                        }),
                    },
                    $"{user.Email} ({user.Id})",
                    $"  name           {Answer.Printable(user.Name)}",
                    $"  state          {State(user, services.GetRequiredService<TimeProvider>().GetUtcNow())}",
                    $"  verified       {(user.EmailVerified ? "yes" : "no")}",
                    $"  second factor  {(user.TwoFactorEnabled ? "yes" : "no")}",
                    $"  since          {Answer.Time(user.CreatedAt)}",
                    $"  last sign-in   {Answer.Time(user.LastLoginAt)}",
                    $"  sessions       {sessions.Count}"
                );
                if (!answer.IsJson && sessions.Count > 0)
                {
                    await answer.TableAsync(
                        sessions,
                        "",
                        ("  session", static session => "  " + session.Id),
                        ("last seen", static session => Answer.Time(session.LastActivityAt)),
                        ("address", static session => session.IpAddress?.ToString()),
                        ("with", static session => session.UserAgent)
                    );
                }

                return 0;
            }
        );
        return command;
    }

    private static Command Lock(CommandContext context)
    {
        var email = Email();
        Option<double> minutes = new("--minutes")
        {
            Description = "For how long.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 30,
        };
        Command command = new(
            "lock",
            """
            Let nobody act as a person for a while, by whatever proof. Sessions rest; 'deactivate' ends them.
            Example: identity users lock ada@example.com --minutes 60
            """
        )
        {
            email,
            minutes,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var minute = parsed.GetValue(minutes);
                if (minute <= 0 || minute > AccountLock.MaxDuration.TotalMinutes)
                    throw new CommandFailedException(
                        "--minutes: must be more than 0, and at most a year. 'deactivate' keeps a person out for good.",
                        CommandFailedException.Usage
                    );
                var user = await FindAsync(services, parsed.GetValue(email), cancel);
                await services
                    .GetRequiredService<AccountLock>()
                    .LockAsync(user, TimeSpan.FromMinutes(minute), CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        minutes = minute,
                    },
                    $"{user.Email} is locked for {minute} minutes."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command EndSessions(CommandContext context)
    {
        var email = Email();
        Command command = new("end-sessions", "Sign a person out everywhere, and end their tokens.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await FindAsync(services, parsed.GetValue(email), cancel);
                var ended = await services
                    .GetRequiredService<SessionStore>()
                    .EndAllAsync(user.Id, null, EndReason.AdminRevoked, CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        ended,
                    },
                    $"{ended} sessions of {user.Email} have ended."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var email = Email();
        Option<bool> yes = new("--yes") { Description = "Confirm that the account is to be erased." };
        Command command = new(
            "erase",
            """
            Erase an account and everything that is kept about the person, and end its sessions and tokens. Its email
            address can be used again. 'deactivate' keeps the account and refuses its sign-ins.
            """
        )
        {
            email,
            yes,
        };
        command.Aliases.Add("remove");
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await FindAsync(services, parsed.GetValue(email), cancel);
                if (!parsed.GetValue(yes))
                    throw new CommandFailedException(
                        $"This cannot be undone. Add --yes to erase {user.Email}.",
                        CommandFailedException.Usage
                    );
                await services.GetRequiredService<AccountEraser>().EraseAsync(user.Id, CommandContext.Operator, cancel);
                await answer.GiveAsync(new { user.Id, user.Email }, $"{user.Email} was erased.");
                return 0;
            }
        );
        return command;
    }

    private static Command Change(
        CommandContext context,
        string[] names,
        string description,
        string done,
        Func<IServiceProvider, UserAccount, CancellationToken, Task<bool>> change,
        string already = "is gone"
    )
    {
        var email = Email();
        Command command = new(names[0], description) { email };
        foreach (var alias in names[1..])
            command.Aliases.Add(alias);
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await FindAsync(services, parsed.GetValue(email), cancel);
                var changed = await change(services, user, cancel);
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        changed,
                    },
                    $"{user.Email} {(changed ? done : already)}."
                );
                return 0;
            }
        );
        return command;
    }

    private static Argument<string> Email() => new("email") { Description = "The person's email address." };

    private static EmailAddress Parse(string? text) =>
        EmailAddress.TryParse(text, out var address)
            ? address
            : throw new CommandFailedException(
                $"'{Answer.Printable(text)}' is not an email address.",
                CommandFailedException.Usage
            );

    private static async Task<UserAccount> FindAsync(
        IServiceProvider services,
        string? email,
        CancellationToken cancellationToken
    )
    {
        var address = Parse(email);
        return await services.GetRequiredService<UserStore>().FindByEmailAsync(address, cancellationToken)
            ?? throw new CommandFailedException($"{address.Value} has no account.");
    }

    private static string State(UserAccount user, DateTimeOffset now) =>
        user.IsDisabled ? "disabled"
        : user.IsLockedByOperator ? $"locked by an operator until {Answer.Time(user.OperatorLockedUntil)}"
        : user.LockedUntil > now ? $"locked until {Answer.Time(user.LockedUntil)}"
        : "active";

    private static async Task<PasswordHash> HashAsync(
        IServiceProvider services,
        string typed,
        EmailAddress email,
        string? name,
        CancellationToken cancellationToken
    )
    {
        if (!PlainTextPassword.TryCreate(typed, out var password))
            throw new CommandFailedException(
                $"The password is empty, longer than {PlainTextPassword.MaxCodePoints} characters, or no text."
            );
        var judgement = services
            .GetRequiredService<PasswordPolicy>()
            .Judge(password, new[] { email.Value[..email.Value.LastIndexOf('@')], name }.OfType<string>());
        if (!judgement.IsAccepted)
            throw new CommandFailedException(
                $"The password policy refuses it: {string.Join(", ", judgement.Problems)}."
            );
        return
            await services.GetRequiredService<HashQueue>().HashAsync(password, null, cancellationToken)
                is HashTurn<PasswordHash>.Done done
            ? done.Value
            : throw new CommandFailedException("This machine is too busy to hash a password. Try again.");
    }

    private static string MakePassword() =>
        string.Join(
            '-',
            Enumerable
                .Range(0, 4)
                .Select(static _ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4))
        );
}
