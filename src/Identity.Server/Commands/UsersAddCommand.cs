using System.CommandLine;
using System.Security.Cryptography;
using Identity.Core.Administration;
using Identity.Core.Passwords;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity users add</c>: creates an account with a typed or generated password.</summary>
internal static class UsersAddCommand
{
    public static Command Create(CommandContext context)
    {
        var email = UserArgument.Email();
        Option<string?> name = new("--name") { Description = "The person's name.", HelpName = "NAME" };
        Option<bool> fromInput = new("--password-stdin")
        {
            Description =
                "Read the password from the first line of standard input. Otherwise a password is generated and shown "
                + "once.",
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
                var address = UserArgument.Parse(parsed.GetValue(email));
                var typed = parsed.GetValue(fromInput) ? await context.Input.ReadLineAsync(cancel) : null;
                var made = typed is null ? MakePassword() : null;
                var hash = await HashAsync(services, made ?? typed!, address, parsed.GetValue(name), cancel);
                NewAccount account = new(address, hash, parsed.GetValue(name), IsVerified: parsed.GetValue(verified));
                var outcome = await services
                    .GetRequiredService<AccessActions>()
                    .CreateAsync(UserArgument.Actor(services), account, CommandContext.Operator, cancel);
                if (outcome is AdminOutcome<UserAccount>.Failed { Reason: AdminOutcome.Invalid { Field: "email" } })
                    throw new CommandFailedException($"{address.Value} has an account already.");
                var user = UserArgument.Demand(outcome);
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
                $"The password policy refuses it: {string.Join("; ", judgement.Problems.Select(WordsOf))}."
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

    private static string WordsOf(PasswordProblem problem) =>
        problem switch
        {
            PasswordProblem.TooShort => "it is too short",
            PasswordProblem.NeedsMoreKindsOfCharacters => "it needs more kinds of characters",
            PasswordProblem.ContainsPersonalOrProductName => "it contains a name that attackers try first",
            PasswordProblem.TooEasyToGuess => "it is too easy to guess",
            _ => "it appeared in a data breach",
        };
}
