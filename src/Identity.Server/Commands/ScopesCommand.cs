using System.CommandLine;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity scopes</c>: scopes in the database. Scopes of the configuration are listed too, but changed in
/// their file.</summary>
internal static class ScopesCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "scopes",
            """
            Manage scopes and the APIs behind them: add, change, list, remove.
            Example: identity scopes add api:read --resource https://api.example.com
            """
        )
        {
            Write(
                context,
                "add",
                """
                Add a scope. Clients can then ask for it.
                Example: identity scopes add api:read --display-name "Read orders" --resource https://api.example
                """
            ),
            Write(
                context,
                "change",
                """
                Replace the settings of a scope. Omitted ones take their defaults.
                Example: identity scopes change api:read --resource https://api.example.com --claim email
                """
            ),
            List(context),
            Remove(context),
        };

    private static Command Write(CommandContext context, string verb, string description)
    {
        var name = Name();
        Option<string?> displayName = new("--display-name")
        {
            Description = "The name on the consent page.",
            HelpName = "TEXT",
        };
        Option<string?> about = new("--description") { Description = "What it allows.", HelpName = "TEXT" };
        Option<string[]> resources = new("--resource")
        {
            Description = "An audience of its access tokens. Default: the scope itself. Can be repeated.",
            HelpName = "AUDIENCE",
        };
        Option<string[]> claims = new("--claim")
        {
            Description = "A claim of the person in its access tokens. Can be repeated.",
            HelpName = "CLAIM",
        };
        Command command = new(verb, description) { name, displayName, about, resources, claims };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var scope = parsed.GetRequiredValue(name);
                ScopeDefinition definition = new()
                {
                    DisplayName = parsed.GetValue(displayName),
                    Description = parsed.GetValue(about),
                    Resources = parsed.GetValue(resources) is { Length: > 0 } audiences ? audiences : null,
                    Claims = parsed.GetValue(claims) is { Length: > 0 } named ? named : null,
                };
                await ClientsCommand.LoadAsync(services, cancel);
                var scopes = services.GetRequiredService<ScopeAdministration>();
                var outcome =
                    verb == "add"
                        ? await scopes.CreateAsync(
                            services.Operator(),
                            scope,
                            definition,
                            CommandContext.Operator,
                            cancel
                        )
                        : await scopes.ChangeAsync(
                            services.Operator(),
                            scope,
                            definition,
                            null,
                            CommandContext.Operator,
                            cancel
                        );
                outcome.Require(Unknown(scope));
                await answer.GiveAsync(new { name = scope }, $"{scope} was {(verb == "add" ? "added" : "changed")}.");
                return 0;
            }
        );
        return command;
    }

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List every scope, including those of OpenID Connect and of the configuration.");
        context.OnRooms(
            command,
            static async (_, services, answer, cancel) =>
            {
                await ClientsCommand.LoadAsync(services, cancel);
                var rows = (
                    await services.GetRequiredService<ScopeAdministration>().ListAsync(services.Operator(), cancel)
                )
                    .Require("There are no scopes.")
                    .Select(static listing => new
                    {
                        listing.Scope.Name,
                        listing.Scope.DisplayName,
                        listing.Scope.Resources,
                        listing.Scope.Claims,
                        listing.Clients,
                        From = OriginOf(listing.Scope),
                    })
                    .ToArray();
                await answer.TableAsync(
                    rows,
                    "There are no scopes.",
                    ("scope", static row => row.Name),
                    ("from", static row => row.From),
                    ("audiences", static row => string.Join(' ', row.Resources)),
                    ("claims", static row => string.Join(' ', row.Claims)),
                    ("clients", static row => string.Join(' ', row.Clients))
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        var name = Name();
        Option<bool> yes = new("--yes") { Description = "Confirm the removal." };
        Command command = new("remove", "Remove a scope that no client names.") { name, yes };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var scope = parsed.GetRequiredValue(name);
                if (!parsed.GetValue(yes))
                    throw new CommandFailedException(
                        $"This cannot be undone. Add --yes to remove {Answer.Printable(scope)}.",
                        CommandFailedException.Usage
                    );
                await ClientsCommand.LoadAsync(services, cancel);
                (
                    await services
                        .GetRequiredService<ScopeAdministration>()
                        .RemoveAsync(services.Operator(), scope, null, CommandContext.Operator, cancel)
                ).Require(Unknown(scope));
                await answer.GiveAsync(new { name = scope }, $"{scope} was removed.");
                return 0;
            }
        );
        return command;
    }

    private static string OriginOf(ApiScope scope) =>
        scope.IsStandard ? "OpenID Connect"
        : scope.IsAdministrative ? "administration API"
        : scope.IsStored ? "database"
        : "configuration";

    private static string Unknown(string scope) => $"There is no scope {Answer.Printable(scope)}.";

    private static Argument<string> Name() => new("name") { Description = "The scope, such as api:read." };
}
