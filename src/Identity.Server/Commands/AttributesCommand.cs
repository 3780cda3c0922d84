using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Attributes;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity attributes</c>: what the organisation stores about people in addition to the standard
/// profile.</summary>
internal static class AttributesCommand
{
    public static Command Create(CommandContext context) =>
        new(
            "attributes",
            """
            Manage attributes of people: list, define, remove, set. Apps get them through claim mappings.
            Example: identity attributes define department --label en=Department
            """
        )
        {
            List(context),
            Define(context),
            Remove(context),
            Set(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List all attributes.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
                await answer.TableAsync(
                    (await services.GetRequiredService<AttributeDefinitions>().ListAsync(actor, cancel)).Require(
                        "The list does not exist."
                    ),
                    "None.",
                    ("attribute", static one => one.Name),
                    ("type", static one => one.ValueType),
                    ("visible to", static one => one.VisibleTo),
                    ("editable by", static one => one.EditableBy),
                    (
                        "labels",
                        static one => string.Join(' ', one.Labels.Select(static label => $"{label.Key}={label.Value}"))
                    )
                )
        );
        return command;
    }

    private static Command Define(CommandContext context)
    {
        Argument<string> name = new("name") { Description = "The attribute: lower-case letters, digits, underscores." };
        var type = Choice(
            "--type",
            "The type of its values; it never changes.",
            "text",
            AttributeDefinition.ValueTypes
        );
        var visible = Choice(
            "--visible-to",
            "Who sees it.",
            AttributeDefinition.Administrator,
            AttributeDefinition.Audiences
        );
        var editable = Choice(
            "--editable-by",
            "Who changes it.",
            AttributeDefinition.Administrator,
            AttributeDefinition.Audiences
        );
        Option<string[]> labels = new("--label")
        {
            Description = "What people see, by language, such as en=Department. Can be repeated.",
            HelpName = "LANGUAGE=TEXT",
            DefaultValueFactory = static _ => [],
        };
        Command command = new("define", "Define an attribute, or change its labels and who can see and edit it.")
        {
            name,
            type,
            visible,
            editable,
            labels,
        };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                AttributeDefinition definition = new(
                    parsed.GetValue(name)!,
                    parsed.GetValue(type)!,
                    Labels(parsed.GetValue(labels)!),
                    parsed.GetValue(visible)!,
                    parsed.GetValue(editable)!
                );
                var defined = (
                    await services
                        .GetRequiredService<AttributeDefinitions>()
                        .DefineAsync(actor, definition, null, AdminCommand.Request, cancel)
                ).Require($"{definition.Name} does not exist.");
                await answer.GiveAsync(defined, $"The attribute {defined.Name} is defined.");
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        Argument<string> name = new("name") { Description = "The attribute." };
        Option<bool> yes = new("--yes") { Description = "Confirm that the attribute is to be removed." };
        Command command = new("remove", "Remove an attribute and everyone's value for it.") { name, yes };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var attribute = parsed.GetValue(name)!;
                AdminCommand.Confirm(parsed, yes, $"remove the attribute {Answer.Printable(attribute)}");
                (
                    await services
                        .GetRequiredService<AttributeDefinitions>()
                        .RemoveAsync(actor, attribute, AdminCommand.Request, cancel)
                ).Require($"The attribute {Answer.Printable(attribute)} does not exist.");
                await answer.GiveAsync(new { attribute }, $"The attribute {attribute} was removed.");
            }
        );
        return command;
    }

    private static Command Set(CommandContext context)
    {
        var email = UserArgument.Email();
        Argument<string> name = new("name") { Description = "The attribute." };
        Argument<string?> value = new("value")
        {
            Description = "Its value. Omit it to remove the value.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("set", "Set an attribute of a person.") { email, name, value };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var attribute = parsed.GetValue(name)!;
                var definition =
                    (await services.GetRequiredService<AttributeDefinitions>().ListAsync(actor, cancel))
                        .Require("The list does not exist.")
                        .FirstOrDefault(one => one.Name == attribute)
                    ?? throw new CommandFailedException($"The attribute {Answer.Printable(attribute)} does not exist.");
                var json = parsed.GetValue(value) is { } text
                    ? definition.Parse(text)
                        ?? throw new CommandFailedException(
                            $"value: must be of type {definition.ValueType}.",
                            CommandFailedException.Usage
                        )
                    : (System.Text.Json.JsonElement?)null;
                (
                    await services
                        .GetRequiredService<PersonAttributes>()
                        .SetAsync(actor, user.Id, attribute, json, AdminCommand.Request, cancel)
                ).Require($"{user.Email} does not exist.");
                await answer.GiveAsync(
                    new
                    {
                        user.Id,
                        user.Email,
                        attribute,
                    },
                    $"{attribute} of {user.Email} was {(json is null ? "taken away" : "set")}."
                );
            }
        );
        return command;
    }

    private static Dictionary<string, string> Labels(string[] pairs)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } language, { Length: > 0 } text])
                throw new CommandFailedException(
                    $"--label {Answer.Printable(pair)}: must be LANGUAGE=TEXT, such as en=Department.",
                    CommandFailedException.Usage
                );
            labels[language] = text;
        }
        return labels;
    }

    private static Option<string> Choice(string name, string description, string value, IEnumerable<string> values)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => value };
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }
}
