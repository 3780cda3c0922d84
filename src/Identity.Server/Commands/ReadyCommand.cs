using System.CommandLine;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity ready</c>: asks the provider on this machine whether it can serve. For container health checks,
/// where there is no curl.</summary>
internal static class ReadyCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> url = new("--url")
        {
            Description = "The address it listens on. Default: from ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS.",
            HelpName = "URL",
        };
        Command command = new(
            "ready",
            """
            Ask the provider on this machine whether it can serve. Exits with 0 if it can, 1 if it cannot, 3 if it
            does not answer.
            Example: identity ready --url http://localhost:8080
            """
        )
        {
            url,
        };
        context.On(
            command,
            async (parsed, answer, cancel) =>
            {
                var asked = parsed.GetValue(url) ?? Listening(context.CreateBuilder(parsed).Configuration);
                if (!Uri.TryCreate(asked.TrimEnd('/') + "/health/ready", UriKind.Absolute, out var address))
                    throw new CommandFailedException(
                        $"--url: '{asked}' is not an address such as http://localhost:8080.",
                        CommandFailedException.Usage
                    );
                using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(4) };
                try
                {
                    using var response = await http.GetAsync(address, cancel);
                    await answer.RawAsync(await response.Content.ReadAsStringAsync(cancel));
                    return response.IsSuccessStatusCode ? 0 : CommandFailedException.Failed;
                }
                catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
                {
                    throw new CommandFailedException(
                        $"{address} does not answer: {silent.Message}",
                        CommandFailedException.Unreachable
                    );
                }
            }
        );
        return command;
    }

    private static string Listening(ConfigurationManager configuration)
    {
        if (configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries) is [var first, ..])
            return first
                .Replace("//*", "//localhost", StringComparison.Ordinal)
                .Replace("//+", "//localhost", StringComparison.Ordinal)
                .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal)
                .Replace("//[::]", "//localhost", StringComparison.Ordinal);
        return configuration["http_ports"]?.Split(';', StringSplitOptions.RemoveEmptyEntries) is [var port, ..]
            ? $"http://localhost:{port}"
            : "http://localhost:5000";
    }
}
