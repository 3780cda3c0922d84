using System.CommandLine;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity serve</c>: the provider itself. Other arguments go to the host:
/// <c>--urls=http://localhost:5000</c>, <c>--Identity:Issuer=...</c>.</summary>
internal static class ServeCommand
{
    public static Command Create(CommandContext context)
    {
        Command command = new(
            "serve",
            """
            Run the provider until it is stopped. Further arguments are settings.
            Example: identity serve --urls=http://localhost:8080 --Identity:Issuer=https://id.example.com
            """
        )
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction(async parsed =>
        {
            string[] settings = [.. parsed.UnmatchedTokens];
            if (
                settings.FirstOrDefault(static token =>
                    !token.StartsWith("--", StringComparison.Ordinal) || !token.Contains('=', StringComparison.Ordinal)
                ) is
                { } stray
            )
                throw new CommandFailedException(
                    $"'{stray}' is neither a command nor a setting such as --urls=http://localhost:8080. Run: "
                        + "identity --help",
                    CommandFailedException.Usage
                );
            await Provider.RunAsync(settings, parsed.GetValue(context.ConfigFile), context.Engine);
            return 0;
        });
        return command;
    }
}
