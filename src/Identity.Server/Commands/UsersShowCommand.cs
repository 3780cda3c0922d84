using System.CommandLine;
using Identity.Core.Languages;
using Identity.Core.Places;
using Identity.Core.Sessions;

namespace Identity.Server.Commands;

/// <summary><c>identity users show</c>.</summary>
internal static class UsersShowCommand
{
    public static Command Create(CommandContext context)
    {
        var email = UserArgument.Email();
        Command command = new("show", "Show one person and their sessions.") { email };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var user = await UserArgument.FindAsync(services, parsed.GetValue(email), cancel);
                var sessions = await services.GetRequiredService<SessionStore>().ListAsync(user.Id, cancel);
                var places = services.GetRequiredService<PlaceFinder>();
                Language english = new(TextCatalog.SourceTag, "English");
                await answer.GiveAsync(
                    new
                    {
                        user,
                        sessions = sessions.Select(session => new
                        {
                            session.Id,
                            session.CreatedAt,
                            session.LastActivityAt,
                            session.ExpiresAt,
                            ipAddress = session.IpAddress?.ToString(),
                            place = places.Find(session.IpAddress)?.Describe(english),
                            session.UserAgent,
                            session.Amr,
                        }),
                    },
                    $"{user.Email} ({user.Id})",
                    $"  name           {Answer.Printable(user.Name)}",
                    "  state          "
                        + $"{UserArgument.State(user, services.GetRequiredService<TimeProvider>().GetUtcNow())}",
                    $"  verified       {(user.EmailVerified ? "yes" : "no")}",
                    $"  second factor  {(user.TwoFactorEnabled ? "yes" : "no")}",
                    $"  since          {Answer.Time(user.CreatedAt)}",
                    $"  last sign-in   {Answer.Time(user.LastLoginAt)}",
                    $"  sessions       {sessions.Count}"
                );
                if (!answer.IsJson && sessions.Count > 0)
                {
                    await answer.TableAsync(
                        sessions,
                        "",
                        ("  session", static session => "  " + session.Id),
                        ("last seen", static session => Answer.Time(session.LastActivityAt)),
                        ("address", static session => session.IpAddress?.ToString()),
                        ("place", session => places.Find(session.IpAddress)?.Describe(english)),
                        ("with", static session => session.UserAgent)
                    );
                }

                return 0;
            }
        );
        return command;
    }
}
