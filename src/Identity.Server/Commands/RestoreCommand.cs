using System.CommandLine;
using Identity.Core.Maintenance;

namespace Identity.Server.Commands;

/// <summary><c>identity restore</c>: the steps that are needed once after a backup was restored, before the provider
/// starts.</summary>
internal static class RestoreCommand
{
    public static Command Create(CommandContext context)
    {
        Command command = new(
            "restore",
            """
            Run this after restoring a backup and before starting the provider. A backup revives what has ended
            since, so this signs everyone out and invalidates every refresh token, code, link, trusted browser and
            waiting mail. Accounts, passwords, consents and apps stay as they are in the backup.
            Example: identity restore
            """
        );
        context.OnRooms(
            command,
            async (_, services, answer, cancel) =>
            {
                var result = await services
                    .GetRequiredService<RestoredBackup>()
                    .InvalidateAsync(CommandContext.Operator, cancel);
                await answer.GiveAsync(
                    result,
                    [
                        $"sessions signed out: {result.Sessions}",
                        $"families of refresh tokens revoked: {result.Families}",
                        $"codes and reference tokens revoked: {result.Grants}",
                        $"links and sign-ins in progress invalidated: {result.Links}",
                        $"trusted browsers removed: {result.Devices}",
                        $"mails not sent: {result.Mails}",
                    ]
                );
                return 0;
            }
        );
        return command;
    }
}
