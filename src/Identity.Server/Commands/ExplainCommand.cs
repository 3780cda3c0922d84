using System.CommandLine;
using Identity.Core.Denials;
using Identity.Server.Browser;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity explain</c>: why a request was refused, by the id that the person saw.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> id = new("id")
        {
            Description = "The reference on the error page, or the value of the header X-Correlation-Id.",
        };
        Command command = new(
            "explain",
            """
            Explain why a request was refused: the rule, what it expected and what it received. Secrets are
            redacted. Refusals are kept for three days.
            Example: identity explain 4bf92f3577b34da6a3ce929d0e0e4736
            """
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var asked = parsed.GetRequiredValue(id).Trim();
                if (await services.GetRequiredService<DenialStore>().FindAsync(asked, cancel) is not { } denial)
                {
                    throw new CommandFailedException(
                        $"Nothing is recorded for {Answer.Printable(asked)}. It is older than three days, was one of "
                            + "too many at once, or was not a refusal by the "
                            + "protocol. The log has every refusal: search it for the id."
                    );
                }

                List<string> lines =
                [
                    $"{denial.Endpoint} refused a request at {Answer.Time(denial.At)}.",
                    Line("rule", denial.Rule),
                    Line("error", denial.Error),
                    Line("told", denial.Description),
                    Line("client", denial.ClientId),
                    Line("expected", denial.Expected),
                    Line("received", denial.Received),
                ];
                if (
                    denial.ClientId is { } client
                    && (await ClientsCommand.LoadAsync(services, cancel)).Catalog.Faulty.TryGetValue(
                        client,
                        out var faulty
                    )
                )
                    lines.AddRange([
                        "",
                        $"{Answer.Printable(client)} is faulty, so every request of it is refused:",
                        .. faulty.Faults.Select(static fault => "  " + Answer.Printable(fault)),
                    ]);
                if (denial.Difference is { } difference)
                    lines.AddRange([
                        "",
                        "The redirect_uri, against the registered one that is nearest; each ^ is a character that "
                            + "differs:",
                        .. difference.Split('\n').Select(Answer.Printable),
                    ]);
                await answer.GiveAsync(denial, [.. lines]);
                return 0;
            }
        );
        return command;
    }

    private static string Line(string name, string? value) => $"  {name.PadRight(9)} {Answer.Printable(value)}";
}
