using System.CommandLine;
using Identity.Core.Clients;

namespace Identity.Server.Commands;

/// <summary><c>identity clients set</c> and <c>remove</c>: change or remove a stored client.</summary>
internal static class ClientsChangeCommand
{
    public static Command Set(CommandContext context)
    {
        var id = ClientsCommand.Id();
        Argument<string[]> settings = new("settings")
        {
            Description = "Settings of docs/clients.md as NAME=VALUE; NAME= restores the default.",
            HelpName = "NAME=VALUE",
            Arity = ArgumentArity.OneOrMore,
        };
        Command command = new(
            "set",
            """
            Change settings of a client. For a list, give all values, each with its index.
            Example: identity clients set shop RedirectUris:0=https://shop.example/cb RequireConsent=true
            """
        )
        {
            id,
            settings,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var client = parsed.GetRequiredValue(id);
                await ClientsCommand.LoadAsync(services, cancel);
                var clients = services.GetRequiredService<ClientAdministration>();
                var found = (await clients.ReadAsync(services.Operator(), client, cancel)).Require(
                    ClientsCommand.Unknown(client)
                );
                var definition = found.Definition ?? new ClientDefinition();
                ClientSettings.Replace(definition, parsed.GetRequiredValue(settings));
                var written = (
                    await clients.ChangeAsync(
                        services.Operator(),
                        client,
                        definition,
                        found.Version,
                        CommandContext.Operator,
                        cancel
                    )
                ).Require(ClientsCommand.Unknown(client));
                await ClientsCommand.TellAsync(answer, client, "was changed", written.Secret);
                return 0;
            }
        );
        return command;
    }

    public static Command Remove(CommandContext context)
    {
        var id = ClientsCommand.Id();
        Option<bool> yes = new("--yes") { Description = "Confirm the removal." };
        Command command = new("remove", "Remove a client. Its requests are refused from then on.") { id, yes };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var client = parsed.GetRequiredValue(id);
                await ClientsCommand.LoadAsync(services, cancel);
                var clients = services.GetRequiredService<ClientAdministration>();
                (await clients.ReadAsync(services.Operator(), client, cancel)).Require(ClientsCommand.Unknown(client));
                if (!parsed.GetValue(yes))
                    throw new Hosting.CommandFailedException(
                        $"This cannot be undone. Add --yes to remove {client}.",
                        Hosting.CommandFailedException.Usage
                    );
                (await clients.RemoveAsync(services.Operator(), client, null, CommandContext.Operator, cancel)).Require(
                    ClientsCommand.Unknown(client)
                );
                await answer.GiveAsync(new { id = client }, $"{client} was removed.");
                return 0;
            }
        );
        return command;
    }
}
