using System.CommandLine;
using System.Globalization;
using Identity.Core.Mail;
using Identity.Core.Primitives;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity mail</c>: the mail outbox and the mail server.</summary>
internal static class MailCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "mail",
            """
            List and retry queued mails, and test the mail server.
            Example: identity mail test ada@example.com
            """
        )
        {
            List(context),
            Test(context),
            Retry(context),
        };

    private static Command List(CommandContext context)
    {
        Option<MailState?> state = new("--state")
        {
            Description = "Only mails in this state: queued, sent or abandoned.",
            HelpName = "STATE",
        };
        Option<Guid?> user = new("--user") { Description = "Only mails to this person.", HelpName = "ID" };
        Option<int> count = new("--count")
        {
            Description = "How many of the newest entries to show (1 to 500).",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 50,
        };
        Command command = new(
            "list",
            """
            List the mails of the last week, newest first: kind, state, and why they wait. Addresses and texts stay
            encrypted.
            Example: identity mail list --state queued
            """
        )
        {
            state,
            user,
            count,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                await answer.TableAsync(
                    await services
                        .GetRequiredService<MailLedger>()
                        .ListAsync(
                            new(parsed.GetValue(state), parsed.GetValue(user)),
                            parsed.GetValue(count),
                            null,
                            cancel
                        ),
                    "No mail.",
                    ("id", static mail => mail.Id.ToString()),
                    ("written", static mail => Answer.Time(mail.CreatedAt)),
                    ("kind", static mail => mail.Kind),
                    ("state", StateOf),
                    ("attempts", static mail => mail.Attempts.ToString(CultureInfo.InvariantCulture)),
                    ("last error", static mail => mail.LastError)
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Test(CommandContext context)
    {
        Argument<string?> to = new("address")
        {
            Description = "The recipient of a test mail. Without one, the command only connects and signs in.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new(
            "test",
            """
            Test the mail server with the settings of Identity:Mail, bypassing the outbox. Exits with 0 if it works,
            1 if it does not.
            Example: identity mail test ada@example.com
            """
        )
        {
            to,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var address = parsed.GetValue(to) is { } text ? AddressOf(text).Value : null;
                var result = (
                    await services
                        .GetRequiredService<MailAdministration>()
                        .TestAsync(services.Operator(), address, CommandContext.Operator, cancel)
                ).Require("There is no mail server.");
                switch (result)
                {
                    case MailServerResult.Fails failed:
                        throw new CommandFailedException($"The mail server does not work: {failed.Reason}.");
                    case MailServerResult.NotSet:
                        throw new CommandFailedException(
                            $"No mail server is set, so mails wait. Set {MailOptions.Section}:Host."
                        );
                }
                await answer.GiveAsync(
                    new { works = true, sent = parsed.GetValue(to) is not null },
                    parsed.GetValue(to) is null
                        ? "The mail server works. To send a test mail: identity mail test ADDRESS"
                        : "The mail server accepted the mail. Check the inbox and the spam folder."
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Retry(CommandContext context)
    {
        Command command = new(
            "retry",
            """
            Retry every waiting mail now, for example when the mail server is back. A running instance sends them
            within seconds.
            Example: identity mail retry
            """
        );
        context.OnRooms(
            command,
            async (_, services, answer, cancel) =>
            {
                var count = (
                    await services
                        .GetRequiredService<MailAdministration>()
                        .RetryAsync(services.Operator(), CommandContext.Operator, cancel)
                ).Require("There is no mail.");
                await answer.GiveAsync(
                    new { retried = count },
                    count == 1 ? "1 mail is tried again." : $"{count} mails are tried again."
                );
                return 0;
            }
        );
        return command;
    }

    private static EmailAddress AddressOf(string text) =>
        EmailAddress.TryParse(text, out var address)
            ? address
            : throw new CommandFailedException(
                $"'{Answer.Printable(text)}' is not an email address.",
                CommandFailedException.Usage
            );

    private static string StateOf(MailLedgerEntry mail) =>
        mail.State switch
        {
            MailState.Sent => "sent " + Answer.Time(mail.SentAt),
            MailState.Abandoned => "given up " + Answer.Time(mail.AbandonedAt),
            _ => "next try " + Answer.Time(mail.NextAttemptAt),
        };
}
