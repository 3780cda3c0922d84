using System.Globalization;
using System.Text.Json;
using Identity.Core.Clients;

namespace Identity.Core.Import.Clients;

/// <summary>Reads OpenIddict's table of applications, as a list of rows or as <c>OpenIddictApplications</c> within an
/// object. Its secrets are PBKDF2 hashes, so each confidential client gets a new one.</summary>
internal static class OpenIddictClients
{
    /// <summary>The clients.</summary>
    public static IEnumerable<(ImportedClient? Client, ClientImportRow? Skipped)> Read(JsonElement root)
    {
        var rows =
            root.ValueKind == JsonValueKind.Array
                ? root.EnumerateArray().Select(static row => new SourceObject(row))
                : new SourceObject(root).Objects("OpenIddictApplications");
        return rows.Select(static row => ((ImportedClient?)Read(row), (ClientImportRow?)null));
    }

    private static ImportedClient Read(SourceObject row)
    {
        List<string> notes = [];
        var isPublic = (row.Text("ClientType") ?? row.Text("Type")) == "public";
        var permissions = row.Texts("Permissions");
        var redirects = ClientAddresses.Whole(row.Texts("RedirectUris"), "RedirectUris", notes);
        var grants = Of(permissions, "gt:", ClientGrantType.All, notes);
        var scopes = Of(permissions, "scp:", null, notes);
        var hasPeople =
            grants.Contains(ClientGrantType.AuthorizationCode) || grants.Contains(ClientGrantType.DeviceCode);
        if (hasPeople)
            scopes.Insert(0, "openid");
        if (grants.Contains(ClientGrantType.RefreshToken))
            scopes.Add("offline_access");
        foreach (var other in permissions.Where(IsOther))
            notes.Add($"Permissions {other}: not carried over.");
        ClientDefinition definition = new()
        {
            Profile =
                row.Text("ApplicationType") == "native" && isPublic
                    ? ClientProfile.Native
                    : ClientAddresses.ProfileOf(isPublic, hasPeople, redirects),
            Name = row.Text("DisplayName"),
            RedirectUris = redirects,
            PostLogoutRedirectUris = row.Texts("PostLogoutRedirectUris"),
            GrantTypes = grants,
            Scopes = [.. scopes.Distinct()],
            RequireConsent = row.Text("ConsentType") is "explicit" or "systematic" ? true : null,
            RequirePushedAuthorizationRequests = row.Texts("Requirements").Contains("ft:par") ? true : null,
        };
        ReadSettings(row, definition, notes);
        var needsSecret = !isPublic;
        if (row.Text("JsonWebKeySet") is { } keys)
        {
            (definition.Jwks, definition.TokenEndpointAuthMethod) = (keys, ClientAuthMethod.PrivateKeyJwt);
            needsSecret = false;
        }
        if (row.Text("ClientSecret") is not null && needsSecret)
            notes.Add("ClientSecret: kept as a slow hash there, which cannot be carried over; replaced.");
        row.Ignore("Id", "ConcurrencyToken", "DisplayNames");
        notes.AddRange(row.Unread().Select(static name => $"{name}: not carried over."));
        return new(row.Text("ClientId") ?? "", definition, needsSecret, notes);
    }

    // Endpoints and response types follow from the grants.
    private static bool IsOther(string permission) =>
        !permission.StartsWith("gt:", StringComparison.Ordinal)
        && !permission.StartsWith("scp:", StringComparison.Ordinal)
        && !permission.StartsWith("ept:", StringComparison.Ordinal)
        && permission is not ("rst:code" or "rst:none");

    private static List<string> Of(
        IEnumerable<string> permissions,
        string prefix,
        string[]? supported,
        List<string> notes
    )
    {
        List<string> found = [];
        foreach (var name in permissions.Where(one => one.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (supported is null || supported.Contains(name[prefix.Length..], StringComparer.Ordinal))
                found.Add(name[prefix.Length..]);
            else
                notes.Add($"Permissions {name}: not supported.");
        }
        return found;
    }

    private static void ReadSettings(SourceObject row, ClientDefinition definition, List<string> notes)
    {
        if (row.Text("Settings") is not { } text)
            return;
        using var json = Primitives.UntrustedJson.Read(text);
        if (json?.RootElement.ValueKind != JsonValueKind.Object)
            return;
        SourceObject settings = new(json.RootElement);
        definition.AccessTokenLifetime = Lifetime(settings, "tkn_lft:act");
        definition.IdTokenLifetime = Lifetime(settings, "tkn_lft:idt");
        definition.AuthorizationCodeLifetime = Lifetime(settings, "tkn_lft:auc");
        definition.RefreshTokenIdleLifetime = Lifetime(settings, "tkn_lft:reft");
        notes.AddRange(settings.Unread().Select(static name => $"Settings {name}: not carried over."));
    }

    private static TimeSpan? Lifetime(SourceObject settings, string name) =>
        TimeSpan.TryParseExact(settings.Text(name), "c", CultureInfo.InvariantCulture, out var time) ? time : null;
}
