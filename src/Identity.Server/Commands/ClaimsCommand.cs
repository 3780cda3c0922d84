using System.CommandLine;
using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity claims</c>: claims that apps get without code.</summary>
internal static class ClaimsCommand
{
    private const int MaxDepth = 8;

    public static Command Create(CommandContext context) =>
        new(
            "claims",
            """
            Manage claim mappings: list, map, remove.
            Example: identity claims map department --scope profile --source attribute:department --in userinfo
            """
        )
        {
            List(context),
            Map(context),
            Remove(context),
        };

    private static Command List(CommandContext context)
    {
        Command command = new("list", "List all claim mappings.");
        context.OnAdministration(
            command,
            static async (_, services, actor, answer, cancel) =>
                await answer.TableAsync(
                    (await services.GetRequiredService<ClaimMappingStore>().ListAsync(actor, cancel)).Require(
                        "The list does not exist."
                    ),
                    "None.",
                    ("claim", static one => one.Claim),
                    ("scope", static one => one.Scope),
                    ("client", static one => one.ClientId),
                    ("source", SourceOf),
                    ("in", static one => string.Join(' ', Places(one))),
                    ("id", static one => one.Id.ToString())
                )
        );
        return command;
    }

    private static Command Map(CommandContext context)
    {
        Argument<string> claim = new("claim") { Description = "The name of the claim." };
        Option<string?> scope = new("--scope") { Description = "The scope that includes it.", HelpName = "SCOPE" };
        Option<string?> client = new("--client") { Description = "The client that gets it.", HelpName = "ID" };
        Option<string> source = new("--source")
        {
            Description = "column:NAME, attribute:NAME, roles, groups, or constant:JSON.",
            HelpName = "SOURCE",
            Required = true,
        };
        Option<string[]> where = new("--in")
        {
            Description = "Where it is included. Can be repeated.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        where.AcceptOnlyFromAmong("id_token", "access_token", "userinfo");
        Command command = new("map", "Map a claim for a scope, a client, or a scope at one client.")
        {
            claim,
            scope,
            client,
            source,
            where,
        };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                var (kind, name, constant) = ReadSource(parsed.GetValue(source)!);
                var places = parsed.GetValue(where)!;
                ClaimMapping mapping = new(
                    parsed.GetValue(claim)!,
                    parsed.GetValue(scope),
                    parsed.GetValue(client),
                    kind,
                    name,
                    constant,
                    places.Contains("id_token"),
                    places.Contains("access_token"),
                    places.Contains("userinfo")
                );
                var written = (
                    await services
                        .GetRequiredService<ClaimMappingStore>()
                        .WriteAsync(actor, mapping, null, AdminCommand.Request, cancel)
                ).Require("The mapping does not exist.");
                await answer.GiveAsync(written, $"{written.Claim} is mapped from {SourceOf(written)}.");
            }
        );
        return command;
    }

    private static Command Remove(CommandContext context)
    {
        Argument<Guid> id = new("id") { Description = "The mapping, as 'claims list' shows it." };
        Command command = new("remove", "Remove a claim mapping.") { id };
        context.OnAdministration(
            command,
            async (parsed, services, actor, answer, cancel) =>
            {
                (
                    await services
                        .GetRequiredService<ClaimMappingStore>()
                        .RemoveAsync(actor, parsed.GetValue(id), AdminCommand.Request, cancel)
                ).Require("The mapping does not exist.");
                await answer.GiveAsync(new { id = parsed.GetValue(id) }, "The mapping was removed.");
            }
        );
        return command;
    }

    private static (string Source, string? Name, JsonElement? Constant) ReadSource(string text)
    {
        var parts = text.Split(':', 2);
        if (parts is not [ClaimSource.Constant, var json])
            return (parts[0], parts.Length == 2 ? parts[1] : null, null);
        using var document =
            UntrustedJson.Read(json, MaxDepth)
            ?? throw new CommandFailedException(
                "--source: a constant is JSON, such as constant:\"blue\" or constant:true.",
                CommandFailedException.Usage
            );
        return (ClaimSource.Constant, null, document.RootElement.Clone());
    }

    private static string SourceOf(ClaimMapping mapping) =>
        mapping.Constant is { } constant ? $"{mapping.Source}:{constant.GetRawText()}"
        : mapping.SourceName is { } name ? $"{mapping.Source}:{name}"
        : mapping.Source;

    private static IEnumerable<string> Places(ClaimMapping mapping)
    {
        if (mapping.InIdToken)
            yield return "id_token";
        if (mapping.InAccessToken)
            yield return "access_token";
        if (mapping.InUserInfo)
            yield return "userinfo";
    }
}
