using System.CommandLine;
using Identity.Core.Clients;
using Identity.Server.Hosting;

namespace Identity.Server.Commands;

/// <summary><c>identity clients hash-secret</c>: a secret for a client of the configuration, and the SHA-256 to write
/// there. Needs neither settings nor a database.</summary>
internal static class HashSecretCommand
{
    public static Command Create(CommandContext context)
    {
        Option<bool> fromInput = new("--stdin")
        {
            Description = "Read the secret from standard input instead of creating one.",
        };
        Command command = new(
            "hash-secret",
            """
            Print the SHA-256 of a client secret, for Secrets:0:Sha256 in the configuration. Creates a new secret
            unless one is given.
            Example: identity clients hash-secret
            """
        )
        {
            fromInput,
        };
        context.On(
            command,
            async (parsed, answer, cancel) =>
            {
                if (!parsed.GetValue(fromInput))
                {
                    var (secret, stored) = ClientSecrets.Generate();
                    await answer.GiveAsync(
                        new { secret, stored.Sha256 },
                        $"Secret: {secret}",
                        $"Sha256: {stored.Sha256}",
                        "Give the secret to the app; it isn't shown again. Write the Sha256 into the configuration."
                    );
                    return 0;
                }
                if (await context.Input.ReadLineAsync(cancel) is not { Length: >= ClientSecrets.MinCharacters } typed)
                    throw new CommandFailedException(
                        $"The secret is shorter than {ClientSecrets.MinCharacters} characters, so it can be guessed. "
                            + "Without --stdin, the command makes one."
                    );
                var sha256 = SecretDigest.Of(typed);
                await answer.GiveAsync(new { sha256 }, $"Sha256: {sha256}");
                return 0;
            }
        );
        return command;
    }
}
