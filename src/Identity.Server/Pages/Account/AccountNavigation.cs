using Identity.Server.Pages.Texts;

namespace Identity.Server.Pages.Account;

/// <summary>The pages of the account menu, in order. The text is a key of <see cref="Texts.AccountTexts"/>.</summary>
internal static class AccountNavigation
{
    public sealed record Entry(string Path, string TextKey)
    {
        /// <summary>Whether the menu marks this entry on the page at the path: its own page and, except for the
        /// overview, the pages below it.</summary>
        public bool Holds(PathString path) =>
            path == Path || (Path != "/account" && path.StartsWithSegments(Path, StringComparison.Ordinal));
    }

    /// <summary>The page of requests from apps (CIBA), shown only if <c>Identity:Grants:BackchannelAuthentication</c>
    /// is on.</summary>
    public const string Requests = "/account/requests";

    /// <summary>The page of personal access tokens, shown only if <c>Identity:PersonalTokens:Enabled</c> is
    /// on.</summary>
    public const string Tokens = "/account/tokens";

    public static IReadOnlyList<Entry> Entries { get; } =
    [
        new("/account", "Nav.Overview"),
        new("/account/profile", "Nav.Profile"),
        new("/account/email", "Nav.Email"),
        new("/account/password", "Nav.Password"),
        new("/account/two-factor", "Nav.TwoFactor"),
        new("/account/passkeys", "Nav.Passkeys"),
        new("/account/external", "Nav.External"),
        new("/account/sessions", "Nav.Sessions"),
        new("/account/apps", "Nav.Apps"),
        new(Tokens, "Nav.Tokens"),
        new("/account/activity", "Nav.Activity"),
        new("/account/requests", "Nav.Requests"),
        new("/account/export", "Nav.Export"),
        new("/account/delete", "Nav.Delete"),
    ];
}
