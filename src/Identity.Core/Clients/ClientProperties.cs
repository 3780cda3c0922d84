namespace Identity.Core.Clients;

/// <summary>Every property of an app that an operator can write, in groups, as <c>docs/clients.md</c> lists them. A
/// test compares the list with <see cref="ClientDefinition"/>, so that none is missing.</summary>
public static class ClientProperties
{
    /// <summary>Properties that no form has: the id has a field of its own, and secrets are created, not
    /// typed.</summary>
    public static IReadOnlySet<string> WrittenElsewhere { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            nameof(ClientDefinition.ClientId),
            nameof(ClientDefinition.Secret),
            nameof(ClientDefinition.Secrets),
        };

    /// <summary>The groups in order: the name of the title, and the properties.</summary>
    public static IReadOnlyList<(string Group, IReadOnlyList<ClientProperty> Properties)> Groups { get; } =
    [
        (
            "What",
            [
                Of(nameof(ClientDefinition.Profile)),
                Of(nameof(ClientDefinition.Name)),
                Of(nameof(ClientDefinition.LogoUri)),
                Of(nameof(ClientDefinition.ClientUri)),
                Of(nameof(ClientDefinition.PolicyUri)),
                Of(nameof(ClientDefinition.TosUri)),
                Of(nameof(ClientDefinition.Theme)),
            ]
        ),
        (
            "Where",
            [
                Of(nameof(ClientDefinition.RedirectUris)),
                Of(nameof(ClientDefinition.PostLogoutRedirectUris)),
                Of(nameof(ClientDefinition.PrivateSchemes)),
                Of(nameof(ClientDefinition.AllowAnyLocalhostPort)),
                Of(nameof(ClientDefinition.CorsOrigins)),
                Of(nameof(ClientDefinition.BackchannelLogoutUri)),
                Of(nameof(ClientDefinition.BackchannelLogoutSessionRequired)),
                Of(nameof(ClientDefinition.FrontchannelLogoutUri)),
                Of(nameof(ClientDefinition.FrontchannelLogoutSessionRequired)),
            ]
        ),
        (
            "Asks",
            [
                Of(nameof(ClientDefinition.GrantTypes)),
                Of(nameof(ClientDefinition.Scopes)),
                Of(nameof(ClientDefinition.ResponseModes)),
                Of(nameof(ClientDefinition.Resources)),
                Of(nameof(ClientDefinition.AllowedResources)),
                Of(nameof(ClientDefinition.AuthorizationDetailsTypes)),
                Of(nameof(ClientDefinition.BackchannelTokenDeliveryMode), "poll"),
                Of(nameof(ClientDefinition.RequireConsent)),
                Of(nameof(ClientDefinition.DefaultMaxAge)),
                Of(nameof(ClientDefinition.DefaultAcrValues)),
                OfExchange(nameof(TokenExchangeDefinition.SubjectClients)),
                OfExchange(nameof(TokenExchangeDefinition.Audiences)),
                OfExchange(nameof(TokenExchangeDefinition.Scopes)),
                OfExchange(nameof(TokenExchangeDefinition.AllowImpersonation)),
                OfExchange(nameof(TokenExchangeDefinition.PersonalTokens)),
            ]
        ),
        (
            "Proves",
            [
                Of(
                    nameof(ClientDefinition.TokenEndpointAuthMethod),
                    ClientAuthMethod.None,
                    ClientAuthMethod.SecretBasic,
                    ClientAuthMethod.SecretPost,
                    ClientAuthMethod.PrivateKeyJwt,
                    ClientAuthMethod.TlsClientAuth,
                    ClientAuthMethod.SelfSignedTlsClientAuth
                ),
                Of(nameof(ClientDefinition.TokenEndpointAuthSigningAlg), [.. ClientReader.AssertionAlgorithms]),
                Of(nameof(ClientDefinition.Jwks)) with
                {
                    Kind = ClientPropertyKind.LongText,
                },
                Of(nameof(ClientDefinition.JwksUri)),
                Of(nameof(ClientDefinition.TlsClientAuthSubjectDn)),
                Of(nameof(ClientDefinition.TlsClientAuthSanDns)),
                Of(nameof(ClientDefinition.TlsClientAuthSanUri)),
                Of(nameof(ClientDefinition.TlsClientAuthSanIp)),
                Of(nameof(ClientDefinition.TlsClientAuthSanEmail)),
            ]
        ),
        (
            "Protected",
            [
                Of(nameof(ClientDefinition.AllowNonceInsteadOfPkce)),
                Of(nameof(ClientDefinition.RequirePushedAuthorizationRequests)),
                Of(nameof(ClientDefinition.RequireSignedRequestObject)),
                Of(nameof(ClientDefinition.RequestObjectSigningAlg), [.. ClientReader.AssertionAlgorithms]),
                Of(nameof(ClientDefinition.DpopBoundAccessTokens)),
                Of(nameof(ClientDefinition.TlsClientCertificateBoundAccessTokens)),
            ]
        ),
        (
            "Gets",
            [
                Of(nameof(ClientDefinition.AccessTokenFormat)),
                Of(nameof(ClientDefinition.AccessTokenLifetime)),
                Of(nameof(ClientDefinition.IdTokenLifetime)),
                Of(nameof(ClientDefinition.AuthorizationCodeLifetime)),
                Of(nameof(ClientDefinition.DeviceCodeLifetime)),
                Of(nameof(ClientDefinition.UserClaimsInIdToken)),
                OfSigning(nameof(ClientDefinition.IdTokenSignedResponseAlg)),
                Of(nameof(ClientDefinition.IdTokenEncryptedResponseAlg), [.. ClientReader.EncryptionAlgorithms]),
                Of(nameof(ClientDefinition.IdTokenEncryptedResponseEnc), [.. ClientReader.EncryptionContents]),
                OfSigning(nameof(ClientDefinition.UserinfoSignedResponseAlg)),
                OfSigning(nameof(ClientDefinition.IntrospectionSignedResponseAlg)),
                OfSigning(nameof(ClientDefinition.AuthorizationSignedResponseAlg)),
                Of(nameof(ClientDefinition.SubjectType), "public", "pairwise"),
                Of(nameof(ClientDefinition.SectorIdentifierUri)),
            ]
        ),
        (
            "Refresh",
            [
                Of(nameof(ClientDefinition.RefreshTokenIdleLifetime)),
                Of(nameof(ClientDefinition.RefreshTokenAbsoluteLifetime)),
                Of(nameof(ClientDefinition.OfflineAccessOutlivesSession)),
                Of(nameof(ClientDefinition.RefreshTokenGrace)),
                Of(nameof(ClientDefinition.RefreshTokenReuseEnds)),
            ]
        ),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<ClientProperty> All { get; } = [.. Groups.SelectMany(static group => group.Properties)];

    private static ClientProperty OfSigning(string name) => Of(name, [.. Keys.SigningAlgorithm.Supported]);

    private static ClientProperty OfExchange(string name) =>
        Make(
            $"{nameof(ClientDefinition.TokenExchange)}.{name}",
            typeof(TokenExchangeDefinition).GetProperty(name)!.PropertyType,
            []
        );

    private static ClientProperty Of(string name, params string[] choices) =>
        Make(name, typeof(ClientDefinition).GetProperty(name)!.PropertyType, choices);

    private static ClientProperty Make(string name, Type type, string[] choices)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum)
            return new(name, ClientPropertyKind.Choice, Enum.GetNames(plain));
        return new(
            name,
            choices.Length > 0 ? ClientPropertyKind.Choice
                : plain == typeof(string) ? ClientPropertyKind.Text
                : plain == typeof(bool) ? ClientPropertyKind.Boolean
                : plain == typeof(long) ? ClientPropertyKind.Number
                : plain == typeof(TimeSpan) ? ClientPropertyKind.Duration
                : ClientPropertyKind.List,
            choices
        );
    }
}
