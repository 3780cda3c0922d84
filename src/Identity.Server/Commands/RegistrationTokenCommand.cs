using System.CommandLine;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients registration-token</c>: lets somebody register a number of apps themselves (RFC 7591)
/// for a limited time.</summary>
internal static class RegistrationTokenCommand
{
    private const int MaxDescriptionLength = 200;

    public static Command Create(CommandContext context)
    {
        Option<int> uses = new("--uses")
        {
            Description = "The number of clients that can be registered with it.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 1,
        };
        Option<double> hours = new("--hours")
        {
            Description = "How long it is valid, in hours.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 24,
        };
        Option<string?> description = new("--description")
        {
            Description = "A description for your records.",
            HelpName = "TEXT",
        };
        Command command = new(
            "registration-token",
            """
            Create an initial access token for dynamic client registration, which is shown once. Registration must
            be on (Identity:ClientRegistration:Enabled).
            Example: identity clients registration-token --uses 3 --hours 48 --description "team web"
            """
        )
        {
            uses,
            hours,
            description,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                if (parsed.GetValue(uses) is < 1 or > 1000)
                    throw new CommandFailedException("--uses: must be 1 to 1000.", CommandFailedException.Usage);
                if (parsed.GetValue(hours) is not (> 0 and <= 24 * 90))
                    throw new CommandFailedException(
                        "--hours: must be above 0 and at most 2160.",
                        CommandFailedException.Usage
                    );
                if (parsed.GetValue(description)?.Length > MaxDescriptionLength)
                    throw new CommandFailedException(
                        "--description: must be 200 characters at most.",
                        CommandFailedException.Usage
                    );
                var token = await services
                    .GetRequiredService<RegistrationTokenStore>()
                    .CreateInitialAsync(
                        parsed.GetValue(description),
                        parsed.GetValue(uses),
                        TimeSpan.FromHours(parsed.GetValue(hours)),
                        CommandContext.Operator,
                        cancel
                    );
                await answer.GiveAsync(
                    new
                    {
                        token = token.Value,
                        uses = parsed.GetValue(uses),
                        hours = parsed.GetValue(hours),
                    },
                    $"Token: {token.Value}",
                    "It is shown only once: only its hash is stored.",
                    "Send it as: Authorization: Bearer <token>, with POST /connect/register"
                );
                return 0;
            }
        );
        return command;
    }
}
