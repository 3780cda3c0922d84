using System.CommandLine;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Engine;

namespace Identity.Server.Commands;

/// <summary><c>identity config</c>: checks the settings without starting.</summary>
internal static class ConfigCommand
{
    public static Command Create(CommandContext context)
    {
        Command check = new(
            "check",
            """
            Read every setting and report all that are invalid. Makes no connections. Exits with 1 if one is invalid.
            Example: identity config check --config production.json
            """
        );
        context.On(
            check,
            async (parsed, answer, _) =>
            {
                var faults = await FaultsAsync(context.CreateBuilder(parsed), context.Engine);
                await answer.GiveAsync(
                    new { ok = faults.Count == 0, faults },
                    faults.Count == 0 ? ["The configuration is right."] : [.. faults]
                );
                return faults.Count == 0 ? 0 : CommandFailedException.Failed;
            }
        );
        return new Command("config", "The settings.") { check };
    }

    /// <summary>The faults that a start would report.</summary>
    public static Task<List<string>> FaultsAsync(WebApplicationBuilder builder, IProtocolEngine engine) =>
        StartChecks.OfEverythingAsync(
            builder,
            StartChecks.OfConfiguration(
                builder.Configuration,
                builder.Environment,
                ProviderDatabase.WouldEmbed(builder.Configuration, builder.Environment),
                engine
            ),
            engine
        );
}
