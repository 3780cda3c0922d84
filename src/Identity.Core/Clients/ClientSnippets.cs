using System.Reflection;
using System.Text.RegularExpressions;

namespace Identity.Core.Clients;

/// <summary>The lines to paste into a program to connect it as an app.</summary>
/// <param name="Stack">Which program, such as <c>aspnetcore</c>: the name of the template.</param>
/// <param name="Title">The name of the stack.</param>
/// <param name="RedirectPath">The path at which the stack receives answers if it is fixed; otherwise null.</param>
/// <param name="Text">The snippet, with the app's own values.</param>
public sealed record ClientSnippet(string Stack, string Title, string? RedirectPath, string Text);

/// <summary>Snippets for the common stacks, filled with an app's own values. The templates are those of
/// <c>docs/quickstarts.md</c>; a test compares them.</summary>
public static partial class ClientSnippets
{
    private const string Prefix = "snippets/";

    private static readonly (string Stack, string Title, string? RedirectPath)[] WebStacks =
    [
        ("aspnetcore", "ASP.NET Core", "/signin-oidc"),
        ("node", "Node.js (Express)", "/callback"),
        ("spring", "Spring Boot", "/login/oauth2/code/identity"),
        ("apache", "Apache (mod_auth_openidc)", null),
    ];

    /// <summary>The snippets for an app; empty if there are none for its profile.</summary>
    /// <param name="issuer">The provider's address, without a slash at its end.</param>
    public static IReadOnlyList<ClientSnippet> For(Client client, string issuer) =>
        client.Profile switch
        {
            ClientProfile.Web => [.. WebStacks.Select(stack => Make(client, issuer, stack))],
            ClientProfile.Spa => [Make(client, issuer, ("spa", "oidc-client-ts", null))],
            ClientProfile.Service => [Make(client, issuer, ("service", "curl", null))],
            _ => [],
        };

    /// <summary>The address to register for a stack on the host of the app's first redirect URI; null if the stack
    /// accepts any address or it is registered.</summary>
    public static string? MissingRedirectUri(Client client, ClientSnippet snippet) =>
        snippet.RedirectPath is { } path && BaseOf(client) is { } address && !client.AllowsRedirectUri(address + path)
            ? address + path
            : null;

    private static ClientSnippet Make(
        Client client,
        string issuer,
        (string Stack, string Title, string? RedirectPath) stack
    )
    {
        string[] scopes =
        [
            .. client
                .Scopes.OrderBy(static scope => scope != "openid")
                .ThenBy(static scope => scope, StringComparer.Ordinal),
        ];
        var redirectUri =
            client.RedirectUris.FirstOrDefault(uri =>
                stack.RedirectPath is { } path && uri.EndsWith(path, StringComparison.Ordinal)
            ) ?? (client.RedirectUris is [var first, ..] ? first : null);
        var quote = SnippetQuoting.Of(stack.Stack);
        Dictionary<string, string> values = new(StringComparer.Ordinal)
        {
            ["issuer"] = quote(issuer),
            ["client_id"] = quote(client.Id),
            ["client_id_encoded"] = Uri.EscapeDataString(client.Id),
            ["base"] = quote(BaseOf(client) ?? "https://app.example"),
            ["redirect_uri"] = quote(redirectUri ?? "https://app.example/callback"),
            ["scope"] = quote(string.Join(' ', scopes)),
            ["scope_list"] = string.Join(", ", scopes.Select(quote)),
            ["aspnet_lines"] = AspNetLines(scopes.Select(quote), issuer),
        };
        // In one pass: a value that looks like a placeholder stays what it is.
        var text = Placeholder().Replace(Template(stack.Stack), found => values[found.Groups[1].Value]);
        return new(stack.Stack, stack.Title, stack.RedirectPath, text.TrimEnd());
    }

    // The handler requests openid and profile by default, takes the roles from the ID token, and refuses plain http.
    private static string AspNetLines(IEnumerable<string> scopes, string issuer) =>
        string.Join(
            '\n',
            scopes
                .Where(static scope => scope is not ("openid" or "profile"))
                .SelectMany(static scope =>
                    scope == "roles"
                        ?
                        [
                            $"        options.Scope.Add(\"{scope}\");",
                            "        options.TokenValidationParameters.RoleClaimType = \"roles\";",
                        ]
                        : new[] { $"        options.Scope.Add(\"{scope}\");" }
                )
                .Concat(
                    issuer.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
                        ? ["        options.RequireHttpsMetadata = false; // plain http: for development only"]
                        : []
                )
        );

    private static string? BaseOf(Client client) =>
        client.RedirectUris.Select(Primitives.WebOrigin.Of).FirstOrDefault(static origin => origin is not null);

    private static string Template(string stack)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + stack + ".txt")
            ?? throw new InvalidOperationException($"There is no snippet for {stack}.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("{{([a-z_]+)}}")]
    private static partial Regex Placeholder();
}
