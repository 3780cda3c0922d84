using System.CommandLine;
using Identity.Core.Grants;
using Identity.Core.People;
using Identity.Core.Primitives;
using Identity.Core.Users;
using Identity.Server.Hosting;
using Identity.Server.Pages.Shared;
using Identity.Server.Presentation;

namespace Identity.Server.Commands;

/// <summary><c>identity grants</c>: what apps hold of a person, and the history of a family of refresh tokens,
/// including the reuse of a stolen one.</summary>
internal static class GrantsCommand
{
    // A family of a busy app has thousands of tokens; the newest are enough.
    private const int MaxShown = 30;

    public static Command Create(CommandContext context) =>
        new(
            "grants",
            """
            List, show and end refresh token families: the access of apps to a person's account.
            Example: identity grants list ada@example.com
            """
        )
        {
            List(context),
            Show(context),
            End(context),
        };

    private static Command List(CommandContext context)
    {
        Argument<string> email = new("email") { Description = "The person's email address." };
        Command command = new("list", "List a person's token families, most recently used first, including ended ones.")
        {
            email,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var text = parsed.GetValue(email);
                if (!EmailAddress.TryParse(text, out var address))
                    throw new CommandFailedException(
                        $"'{Answer.Printable(text)}' is not an email address.",
                        CommandFailedException.Usage
                    );
                var user =
                    await services.GetRequiredService<UserStore>().FindByEmailAsync(address, cancel)
                    ?? throw new CommandFailedException($"{address.Value} has no account.");
                await answer.TableAsync(
                    await services.GetRequiredService<TokenFamilyStore>().ListAsync(user.Id, cancel),
                    "No app has received a refresh token.",
                    ("family", static family => family.Id.ToString()),
                    ("client", static family => family.ClientId),
                    ("state", StateOf),
                    ("last used", static family => Answer.Time(family.LastUsed)),
                    (
                        "tokens",
                        static family => family.Generations.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    ),
                    ("scopes", static family => string.Join(' ', family.Scopes))
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var id = FamilyId();
        Option<FileInfo?> svg = new("--svg")
        {
            Description = "Also write the family as an SVG image to this file.",
            HelpName = "FILE",
        };
        Command command = new(
            "show",
            """
            Draw a family. Each token is connected to the one that it replaced.
            Example: identity grants show 0193a1b2-0000-7000-8000-000000000001 --svg family.svg
            """
        )
        {
            id,
            svg,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var family = await FindAsync(services, parsed.GetValue(id), cancel);
                RefreshGeneration[] tokens =
                [
                    .. (
                        await services
                            .GetRequiredService<TokenFamilyStore>()
                            .GenerationsAsync([family.Id], MaxShown, cancel)
                    )[family.Id],
                ];
                TokenGeneration[] generations =
                [
                    .. tokens.Select(static token => new TokenGeneration(
                        token.Generation,
                        token.CreatedAt,
                        token.UsedAt,
                        token.RevokedAt,
                        token.ExpiresAt
                    )),
                ];
                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                if (parsed.GetValue(svg) is { } file)
                    await File.WriteAllTextAsync(
                        file.FullName,
                        Standalone(TokenFamilyDiagram.Draw(generations, now, Words)),
                        cancel
                    );
                await answer.GiveAsync(
                    new { family, tokens },
                    [
                        $"Family {family.Id}",
                        $"  client        {Answer.Printable(family.ClientId)}",
                        $"  person        {family.UserId}",
                        $"  session       {family.SessionId}",
                        $"  scopes        {string.Join(' ', family.Scopes)}",
                        $"  since         {Answer.Time(family.CreatedAt)}",
                        $"  at the latest {Answer.Time(family.AbsoluteExpiresAt)}",
                        $"  state         {StateOf(family)}",
                        "",
                        .. Lines(generations, now),
                    ]
                );
                return 0;
            }
        );
        return command;
    }

    private static Command End(CommandContext context)
    {
        var id = FamilyId();
        Command command = new(
            "end",
            """
            End a family: its refresh token stops working at once. The person's sessions stay.
            Example: identity grants end 0193a1b2-0000-7000-8000-000000000001
            """
        )
        {
            id,
        };
        context.OnRooms(
            command,
            async (parsed, services, answer, cancel) =>
            {
                var family = await FindAsync(services, parsed.GetValue(id), cancel);
                var ended = UserArgument.Changed(
                    await services
                        .GetRequiredService<SessionActions>()
                        .RevokeGrantAsync(
                            UserArgument.Actor(services),
                            family.UserId,
                            family.Id,
                            CommandContext.Operator,
                            cancel
                        )
                );
                await answer.GiveAsync(
                    new { family.Id, ended },
                    ended ? $"{family.Id} has ended." : $"{family.Id} was over already."
                );
                return 0;
            }
        );
        return command;
    }

    private static Argument<string> FamilyId() =>
        new("family") { Description = "The family's id: from 'list', or family_id in the audit log." };

    private static async Task<TokenFamily> FindAsync(
        IServiceProvider services,
        string? text,
        CancellationToken cancellationToken
    )
    {
        if (!Guid.TryParse(text, out var id))
            throw new CommandFailedException($"'{Answer.Printable(text)}' is not an id.", CommandFailedException.Usage);
        return await services.GetRequiredService<TokenFamilyStore>().FindAsync(id, cancellationToken)
            ?? throw new CommandFailedException($"There is no family {id}, or it was deleted after its retention.");
    }

    private static string StateOf(TokenFamily family) =>
        family.IsLive ? "live"
        : family.EndReason is { } reason ? $"ended {Answer.Time(family.EndedAt)}: {reason}"
        : "ended: it or its session expired";

    private static IEnumerable<string> Lines(TokenGeneration[] tokens, DateTimeOffset now)
    {
        if (tokens is [{ Generation: > 0 and var older }, ..])
            yield return $"  ⋮  {older} older ones";
        foreach (var token in tokens)
        {
            var mark = token == tokens[^1] ? '●' : '○';
            yield return $"  {mark}  {token.Generation, 4}  {Answer.Time(token.CreatedAt)}  {StateText(token, now)}";
            if (token != tokens[^1])
                yield return "  │";
        }
    }

    private static string StateText(TokenGeneration token, DateTimeOffset now) =>
        TokenFamilyDiagram.StateOf(token, now) switch
        {
            TokenState.Live => "live until " + Answer.Time(token.ExpiresAt),
            TokenState.Used => "exchanged " + Answer.Time(token.UsedAt),
            TokenState.Revoked => "revoked " + Answer.Time(token.RevokedAt),
            _ => "expired " + Answer.Time(token.ExpiresAt),
        };

    private static TokenFamilyWords Words { get; } =
        new(
            "Refresh tokens of one grant",
            static state => state.ToString(),
            static (count, state) => $"{count} tokens, of which the newest is {state.ToString().ToLowerInvariant()}."
        );

    // A standalone picture has no page to take colours from.
    private static string Standalone(string svg) =>
        svg.Replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", StringComparison.Ordinal)
            .Replace(
                "<title>Refresh",
                """
                <style>
                svg{background:#fff;font:12px sans-serif}text{text-anchor:middle}
                line{stroke:#666}circle{stroke:#333;fill:#eee}.family-live circle{fill:#9be29b}
                .family-revoked circle{fill:#f3a6a6}.family-used circle{fill:#cfd8e6}
                </style><title>Refresh
                """,
                StringComparison.Ordinal
            );
}
