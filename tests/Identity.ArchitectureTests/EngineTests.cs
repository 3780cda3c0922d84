namespace Identity.ArchitectureTests;

/// <summary>The engine can be changed: Program alone names it, its library stays in Protocol, and there it stays out of
/// the rules that need no engine.</summary>
public sealed class EngineTests
{
    private const string Engine = "Identity.Server.Protocol.OpenIddictEngine";
    private const string Protocol = "Identity.Server.Protocol.";

    // Folders and types of Protocol that a second engine uses as they are. The list may only become longer.
    private static readonly string[] EngineFree =
    [
        "Clients.Assertions.ClientAssertionReader",
        "Clients.AuthenticationMethods",
        "Clients.EndpointAddresses",
        "Denials.Denial",
        "Endpoints.Authorize.Decision",
        "Endpoints.Authorize.Modes",
        "Endpoints.Discovery.DiscoveryMetadata",
        "Endpoints.Resource",
        "Endpoints.Token.TokenAnswers",
        "Endpoints.Token.TokenKeys",
        "Engine.Credentials",
        "Engine.Metadata",
        "Extensions.ClaimsParameter.ClaimsParameterRule",
        "Extensions.ClaimsParameter.ClaimsRequest",
        "Extensions.ClaimsParameter.RequestedClaims",
        "Extensions.ClaimsParameter.WantedContexts",
        "Extensions.Dpop.DpopProofReader",
        "Extensions.Dpop.DpopRules",
        "Extensions.Dpop.DpopValidator",
        "Extensions.Par.PushedRequests",
        "Extensions.Par.RequestBrowser",
        "Extensions.ResourceIndicators.GrantAudiences",
        "Extensions.ResourceIndicators.ResourceRules",
        "Extensions.RichAuthorization.AuthorizationDetailsReader",
        "Grants.Ciba.HintReader",
        "Grants.ClientOwnTokens",
        "Grants.CodeRedemptions",
        "Grants.GrantIssuance",
        "Grants.Polling.PollRules",
        "Grants.RefreshRotations",
        "Logout.Channels",
        "Logout.EndSession.EndSessionAnswer",
        "Logout.SessionManagement.SessionState",
        "Registration",
        "Requests.Authorization",
        "Requests.Cors",
        "Requests.ErrorAnswers.LocalError",
        "Requests.Outbound",
        "Requests.Resumption",
        "Tokens.AccessTokens.AccessTokenReader",
        "Tokens.AccessTokens.AccessTokenWriter",
        "Tokens.AccessTokens.ReferenceTokens",
        "Tokens.IdTokens",
        "Tokens.Jose",
        "Tokens.KeySets",
        "Tokens.Signing",
    ];

    [Fact]
    public void Only_Program_names_the_engine() =>
        Assert.Equal(
            ["Program"],
            CompiledHouse.Product.Uses.Where(use => use.To == Engine).Select(use => use.From).Distinct()
        );

    [Fact]
    public void Only_Protocol_uses_the_library_of_the_engine() =>
        Rule.Holds(
            CompiledHouse
                .Product.Uses.Where(IsOfEngine)
                .Where(use => !use.From.StartsWith(Protocol, StringComparison.Ordinal))
                .Select(use => $"{use.From} uses {use.To}")
        );

    [Fact]
    public void Rules_without_an_engine_stay_so() =>
        Rule.Holds(
            CompiledHouse
                .Product.Uses.Where(IsOfEngine)
                .Where(use => NamesOf(use.From).Any(EngineFree.Contains))
                .Select(use => $"{use.From} uses {use.To}")
        );

    [Fact]
    public void Every_name_on_the_list_exists() =>
        Assert.Empty(
            EngineFree.Except(
                CompiledHouse.Product.Types.SelectMany(type => NamesOf(type.FullName)),
                StringComparer.Ordinal
            )
        );

    private static bool IsOfEngine(Use use) => use.Library.StartsWith("OpenIddict", StringComparison.Ordinal);

    // A type by its folder and by its own name, below Protocol.
    private static IEnumerable<string> NamesOf(string type) =>
        new[] { Folder.Of(type), type }
            .Where(name => name.StartsWith(Protocol, StringComparison.Ordinal))
            .Select(name => name[Protocol.Length..]);
}
