using System.CommandLine;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients rotate-secret</c> and <c>revoke-secret</c>.</summary>
internal static class ClientsSecretCommand
{
    public static Command Rotate(CommandContext context)
    {
        var id = ClientsCommand.Id();
        Option<double> hours = new("--keep-old-hours")
        {
            Description =
                "How long the current secrets keep working, so that the client can be updated without an outage.",
            HelpName = "NUMBER",
            DefaultValueFactory = static _ => 24,
        };
        Command command = new(
            "rotate-secret",
            """
            Give a client a new secret, which is shown once.
            Example: identity clients rotate-secret shop --keep-old-hours 1
            """
        )
        {
            id,
            hours,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var client = parsed.GetRequiredValue(id);
                if (
                    parsed.GetValue(hours) is var kept
                    && !(kept >= 0 && kept <= ClientAdministration.MaxOverlap.TotalHours)
                )
                    throw new CommandFailedException(
                        $"--keep-old-hours: must be 0 to {ClientAdministration.MaxOverlap.TotalHours:0}.",
                        CommandFailedException.Usage
                    );
                await ClientsCommand.LoadAsync(services, cancel);
                var rotated = (
                    await services
                        .GetRequiredService<ClientAdministration>()
                        .RotateSecretAsync(
                            services.Operator(),
                            client,
                            TimeSpan.FromHours(kept),
                            null,
                            CommandContext.Operator,
                            cancel
                        )
                ).Require(ClientsCommand.Unknown(client));
                await ClientsCommand.TellAsync(
                    answer,
                    client,
                    $"has a new secret; the old one works until {Answer.Time(rotated.OldUntil)}",
                    rotated.Secret
                );
                return 0;
            }
        );
        return command;
    }

    public static Command Revoke(CommandContext context)
    {
        var id = ClientsCommand.Id();
        Argument<string> secret = new("secret") { Description = "The id of the secret, as 'clients show' lists it." };
        Command command = new("revoke-secret", "Revoke a secret of a client at once. The last one cannot be revoked.")
        {
            id,
            secret,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var client = parsed.GetRequiredValue(id);
                await ClientsCommand.LoadAsync(services, cancel);
                (
                    await services
                        .GetRequiredService<ClientAdministration>()
                        .RevokeSecretAsync(
                            services.Operator(),
                            client,
                            parsed.GetRequiredValue(secret),
                            CommandContext.Operator,
                            cancel
                        )
                ).Require($"{Answer.Printable(client)} has no such secret. Run: identity clients show {client}");
                await answer.GiveAsync(
                    new { id = client, secret = parsed.GetRequiredValue(secret) },
                    "The secret was revoked."
                );
                return 0;
            }
        );
        return command;
    }
}
