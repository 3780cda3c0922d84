using System.Collections.Frozen;
using Identity.Core.Primitives;

namespace Identity.Core.Clients;

// The addresses of a client: redirect URIs, origins and pages.
internal sealed partial class ClientReader
{
    private List<string> RedirectUris(IList<string>? uris, IReadOnlySet<string> privateSchemes, string name)
    {
        foreach (var uri in uris ?? [])
        {
            if (RedirectUri.Problem(_definition.Profile, uri, privateSchemes) is { } problem)
                Fail(name, $"'{uri}' {problem}");
        }
        return [.. (uris ?? []).Distinct(StringComparer.Ordinal)];
    }

    private HashSet<string> PrivateSchemes()
    {
        var schemes = (_definition.PrivateSchemes ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (schemes.Count > 0 && _definition.Profile != ClientProfile.Native)
            Fail(nameof(_definition.PrivateSchemes), "is for a native app only");
        foreach (var scheme in schemes.Where(static scheme => !RedirectUri.IsPrivateScheme(scheme)))
            Fail(
                nameof(_definition.PrivateSchemes),
                $"'{scheme}' is not the scheme of an app, such as com.example.app"
            );
        return schemes;
    }

    // RFC 8252 section 8.3 prefers the literals, but editors and command-line programs register localhost.
    private bool AllowAnyLocalhostPort()
    {
        var native = _definition.Profile == ClientProfile.Native;
        if (!native && _definition.AllowAnyLocalhostPort == true)
            Fail(nameof(_definition.AllowAnyLocalhostPort), "is for a native app only");
        return native && _definition.AllowAnyLocalhostPort != false;
    }

    private FrozenSet<string> CorsOrigins(IReadOnlyList<string> redirectUris)
    {
        foreach (var origin in _definition.CorsOrigins ?? [])
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || WebOrigin.Of(uri) != origin)
                Fail(nameof(_definition.CorsOrigins), $"'{origin}' is not an origin such as https://app.example");
        }
        return redirectUris
            .Select(WebOrigin.Of)
            .OfType<string>()
            .Concat(_definition.CorsOrigins ?? [])
            .ToFrozenSet(StringComparer.Ordinal);
    }

    private Uri? WebUri(string? text, string name)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && RedirectUri.Problem(ClientProfile.Web, text) is null)
            return uri;
        Fail(name, $"'{text}' must be an https URI (or http on loopback)");
        return null;
    }
}
