using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Identity.Core.Primitives;

namespace Identity.Core.Clients;

/// <summary>Turns a <see cref="ClientDefinition"/> into a <see cref="Client"/>: fills in the profile's defaults and
/// reports all faults, each by its key.</summary>
internal sealed partial class ClientReader
{
    private readonly string _id;
    private readonly ClientDefinition _definition;
    private readonly ClientDefaults _defaults;
    private readonly string _key;
    private readonly List<string> _failures;

    private ClientReader(string id, ClientDefinition definition, string key, List<string> failures)
    {
        _id = id;
        _definition = definition;
        _defaults = ClientDefaults.Of(definition.Profile);
        _key = key;
        _failures = failures;
    }

    /// <summary>The client, or null with at least one failure added.</summary>
    /// <param name="section">The section of the definition, such as <c>Identity:Clients</c>; every failure begins with
    /// it.</param>
    /// <param name="key">Its key in the section, if that is not the client id.</param>
    public static Client? Read(
        string id,
        ClientDefinition definition,
        string section,
        IReadOnlyDictionary<string, ApiScope> scopes,
        List<string> failures,
        string? key = null
    )
    {
        List<string> own = [];
        var client = new ClientReader(id, definition, $"{section}:{key ?? id}", own).Read(scopes);
        failures.AddRange(own);
        return own.Count == 0 ? client : null;
    }

    /// <summary>The defaults of a client of a profile.</summary>
    public static Client Defaults(ClientProfile profile) =>
        new ClientReader("default", new() { Profile = profile }, string.Empty, []).Read(
            FrozenDictionary<string, ApiScope>.Empty
        );

    private Client Read(IReadOnlyDictionary<string, ApiScope> scopes)
    {
        if (!ClientIdForm().IsMatch(_id))
            Fail(null, "a client id has 1 to 200 letters, digits and . _ ~ - / : @");
        if (_definition.ClientId is { } named && named != _id)
            Fail(nameof(_definition.ClientId), $"'{named}' is not the client id '{_id}' that it is stored under");
        if (_definition.Name is { } shown && !UntrustedText.IsLine(shown.Trim()))
            Fail(nameof(_definition.Name), "is not one line of text");
        if (!Enum.IsDefined(_definition.Profile))
            Fail(nameof(_definition.Profile), $"is not one of {string.Join(", ", Enum.GetNames<ClientProfile>())}");

        var authMethods = AuthMethods();
        var grantTypes = Set(
            _definition.GrantTypes,
            _defaults.GrantTypes,
            nameof(_definition.GrantTypes),
            ClientGrantType.All
        );
        var secrets = Secrets(authMethods, grantTypes);
        var privateSchemes = PrivateSchemes();
        var redirectUris = RedirectUris(_definition.RedirectUris, privateSchemes, nameof(_definition.RedirectUris));
        if (grantTypes.Contains("authorization_code") && redirectUris.Count == 0)
            Fail(nameof(_definition.RedirectUris), "is empty, but the client uses authorization_code");
        var allowedScopes = Set(_definition.Scopes, _defaults.Scopes, nameof(_definition.Scopes), null);
        foreach (var scope in allowedScopes.Where(scope => !scopes.ContainsKey(scope)))
            Fail(
                nameof(_definition.Scopes),
                $"'{scope}' is not a scope; add it under Identity:Scopes or by identity scopes add"
            );
        if (
            allowedScopes.Contains("offline_access")
            && !_definition.GrantTypes.IsGiven()
            && grantTypes.Contains("authorization_code")
        )
            grantTypes = grantTypes.Append("refresh_token").ToFrozenSet(StringComparer.Ordinal);
        if (allowedScopes.Contains("offline_access") != grantTypes.Contains("refresh_token"))
            Fail(
                nameof(_definition.GrantTypes),
                "refresh_token and the scope offline_access go together: give both or neither"
            );

        CheckProfile(authMethods, grantTypes, redirectUris);

        return new Client
        {
            Id = _id,
            Name = string.IsNullOrWhiteSpace(_definition.Name) ? _id : _definition.Name.Trim(),
            Profile = _definition.Profile,
            LogoUri = WebUri(_definition.LogoUri, nameof(_definition.LogoUri)),
            ClientUri = WebUri(_definition.ClientUri, nameof(_definition.ClientUri)),
            PolicyUri = WebUri(_definition.PolicyUri, nameof(_definition.PolicyUri)),
            TosUri = WebUri(_definition.TosUri, nameof(_definition.TosUri)),
            Theme = Theme(),
            Secrets = secrets,
            AuthMethods = authMethods,
            Jwks = Jwks(authMethods),
            JwksUri = WebUri(_definition.JwksUri, nameof(_definition.JwksUri)),
            RedirectUris = redirectUris,
            PostLogoutRedirectUris = RedirectUris(
                _definition.PostLogoutRedirectUris,
                privateSchemes,
                nameof(_definition.PostLogoutRedirectUris)
            ),
            GrantTypes = grantTypes,
            Scopes = allowedScopes,
            ResponseModes = Set(
                _definition.ResponseModes,
                ClientResponseMode.Default,
                nameof(_definition.ResponseModes),
                [.. ClientResponseMode.All]
            ),
            CorsOrigins = CorsOrigins(redirectUris),
            Resources = Set(_definition.Resources, [], nameof(_definition.Resources), null),
            AccessTokenFormat = _definition.AccessTokenFormat ?? AccessTokenFormat.Jwt,
            AccessTokenLifetime = Lifetime(
                _definition.AccessTokenLifetime,
                MaxAccessToken,
                MaxAccessToken,
                nameof(_definition.AccessTokenLifetime)
            ),
            IdTokenLifetime = Lifetime(
                _definition.IdTokenLifetime,
                TimeSpan.FromMinutes(10),
                MaxIdToken,
                nameof(_definition.IdTokenLifetime)
            ),
            AuthorizationCodeLifetime = Lifetime(
                _definition.AuthorizationCodeLifetime,
                MaxAuthorizationCode,
                MaxAuthorizationCode,
                nameof(_definition.AuthorizationCodeLifetime)
            ),
            RefreshTokenIdleLifetime = Lifetime(
                _definition.RefreshTokenIdleLifetime,
                _defaults.RefreshIdle.Usual,
                _defaults.RefreshIdle.Most,
                nameof(_definition.RefreshTokenIdleLifetime)
            ),
            RefreshTokenAbsoluteLifetime = Lifetime(
                _definition.RefreshTokenAbsoluteLifetime,
                _defaults.RefreshAbsolute.Usual,
                _defaults.RefreshAbsolute.Most,
                nameof(_definition.RefreshTokenAbsoluteLifetime)
            ),
            OfflineAccessOutlivesSession = _definition.OfflineAccessOutlivesSession ?? false,
            RefreshTokenGrace = RefreshTokenGrace(),
            RefreshTokenReuseEnds = _definition.RefreshTokenReuseEnds ?? RefreshTokenReuse.Family,
            DeviceCodeLifetime = DeviceCodeLifetime(),
            UserClaimsInIdToken = _definition.UserClaimsInIdToken ?? false,
            AllowNonceInsteadOfPkce = AllowNonceInsteadOfPkce(authMethods),
            AllowAnyLocalhostPort = AllowAnyLocalhostPort(),
            IdTokenSignedResponseAlg = OneOf(
                _definition.IdTokenSignedResponseAlg,
                _defaults.IdTokenAlgorithm,
                Keys.SigningAlgorithm.Supported,
                nameof(_definition.IdTokenSignedResponseAlg)
            ),
            RequireConsent = _definition.RequireConsent ?? false,
            RequirePushedAuthorizationRequests = Required(
                _definition.RequirePushedAuthorizationRequests,
                nameof(_definition.RequirePushedAuthorizationRequests)
            ),
            RequireSignedRequestObject = _definition.RequireSignedRequestObject ?? false,
            DpopBoundAccessTokens =
                _definition.DpopBoundAccessTokens
                ?? (
                    _definition.Profile == ClientProfile.Fapi2
                    && _definition.TlsClientCertificateBoundAccessTokens != true
                ),
            TlsClientCertificateBoundAccessTokens = _definition.TlsClientCertificateBoundAccessTokens ?? false,
            DefaultMaxAge = MaxAge(),
            DefaultAcrValues = [.. _definition.DefaultAcrValues ?? []],
            SubjectType = OneOf(
                _definition.SubjectType,
                "public",
                ["public", "pairwise"],
                nameof(_definition.SubjectType)
            ),
            SectorIdentifierUri = WebUri(_definition.SectorIdentifierUri, nameof(_definition.SectorIdentifierUri)),
            BackchannelLogoutUri = WebUri(_definition.BackchannelLogoutUri, nameof(_definition.BackchannelLogoutUri)),
            BackchannelLogoutSessionRequired = _definition.BackchannelLogoutSessionRequired ?? true,
            FrontchannelLogoutUri = WebUri(
                _definition.FrontchannelLogoutUri,
                nameof(_definition.FrontchannelLogoutUri)
            ),
            FrontchannelLogoutSessionRequired = _definition.FrontchannelLogoutSessionRequired ?? true,
            Protocols = Protocols(authMethods, grantTypes, redirectUris),
        };
    }

    private FrozenSet<string> Set(IList<string>? given, IReadOnlyList<string> fallback, string name, string[]? known)
    {
        foreach (var value in (given ?? []).Where(value => known is not null && !known.Contains(value)))
            Fail(name, $"'{value}' is not one of {string.Join(", ", known!)}");
        return (given.IsGiven() ? given!.AsEnumerable() : fallback).ToFrozenSet(StringComparer.Ordinal);
    }

    private bool Required(bool? given, string name)
    {
        if (_definition.Profile == ClientProfile.Fapi2 && given == false)
            Fail(name, "FAPI 2.0 asks for it");
        return given ?? _definition.Profile == ClientProfile.Fapi2;
    }

    private string OneOf(string? given, string fallback, IReadOnlyList<string> known, string name)
    {
        if (given is not null && !known.Contains(given))
            Fail(name, $"'{given}' is not one of {string.Join(", ", known)}");
        return given ?? fallback;
    }

    private string? Theme()
    {
        if (string.IsNullOrEmpty(_definition.Theme))
            return null;
        if (!ThemeForm().IsMatch(_definition.Theme))
            Fail(nameof(_definition.Theme), "must be the name of a theme: 1 to 40 of a-z, 0-9 and hyphens");
        return _definition.Theme;
    }

    private void Fail(string? name, string problem) =>
        _failures.Add(name is null ? $"{_key}: {problem}." : $"{_key}:{name}: {problem}.");

    [GeneratedRegex(@"^[A-Za-z0-9._~/:@-]{1,200}\z")]
    private static partial Regex ClientIdForm();

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z")]
    private static partial Regex ThemeForm();
}

file static class GivenLists
{
    public static bool IsGiven(this IList<string>? list) => list is { Count: > 0 };
}
