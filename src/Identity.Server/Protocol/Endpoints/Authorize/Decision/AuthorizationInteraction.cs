using System.Net;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Browser;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.ClaimsParameter;
using Identity.Server.Protocol.Extensions.Par;
using Identity.Server.Protocol.Extensions.RichAuthorization;
using Identity.Server.Protocol.Requests.Authorization;
using Identity.Server.Protocol.Requests.Resumption;
using Microsoft.Extensions.Primitives;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Endpoints.Authorize.Decision;

/// <summary> Reads a return URL for the pages: only what the authorize endpoint checks again when the person returns.
/// Nothing is trusted unless the client registry confirms it.
/// </summary>
internal sealed class AuthorizationInteraction(
    ClientRegistry registry,
    PushedRequests pushed,
    AuthorizeMarker markers,
    AuthorizationDetailsReader details,
    TimeProvider time
) : IAuthorizationInteraction
{
    public async Task<AuthorizationContext?> ReadAsync(
        string? returnUrl,
        IPAddress? from,
        CancellationToken cancellationToken
    ) =>
        Parse(returnUrl) is { } parameters && await RequestOfAsync(parameters, cancellationToken) is { } request
            ? Read(request, parameters, await registry.FindAsync(request.ClientId, from, cancellationToken))
            : null;

    public string Deny(string returnUrl, string error) =>
        Mark(returnUrl, MarkerKind.Deny, new(time.GetUtcNow(), Error: error));

    public string ChooseAccount(string returnUrl, Guid sessionId) =>
        Mark(returnUrl, MarkerKind.AccountChosen, new(time.GetUtcNow(), sessionId));

    public string Allow(string returnUrl, Guid sessionId) =>
        Mark(returnUrl, MarkerKind.AskConsent, new(time.GetUtcNow(), sessionId));

    private string Mark(string returnUrl, MarkerKind kind, MarkerContent content)
    {
        if (Parse(returnUrl) is not { } parameters)
            throw new ArgumentException("Not the return URL of an authorization request.", nameof(returnUrl));
        return ParameterUrl.Of(
            EndpointPaths.Authorize,
            parameters,
            (AuthorizeMarker.ParameterOf(kind), markers.Write(kind, parameters, content))
        );
    }

    // A pushed or signed request is stored; the URL names it, and its other parameters are ignored. A completed request
    // has nothing to show.
    private async Task<AuthorizationParameters?> RequestOfAsync(
        IReadOnlyList<KeyValuePair<string, StringValues>> parameters,
        CancellationToken cancellationToken
    )
    {
        AuthorizationParameters request = new(PairsOf(parameters));
        if (request.RequestUri is null)
            return request.RequestObject is null ? request : null;
        return
            request.ClientId is { } clientId
            && await pushed.ResumeAsync(request.RequestUri, clientId, cancellationToken) is { } kept
            ? new(kept)
            : null;
    }

    private AuthorizationContext? Read(
        AuthorizationParameters request,
        IReadOnlyList<KeyValuePair<string, StringValues>> parameters,
        Client? client
    )
    {
        if (client is null || request.RedirectUri is not { } redirectUri || !client.AllowsRedirectUri(redirectUri))
            return null;
        var claims = ClaimsRequest.Of(request);
        // For consent, a claim requested by name counts as its scope.
        var scopes = request
            .Scopes.Where(client.Scopes.Contains)
            .Union(RequestedClaims.ScopesOf(claims, client), StringComparer.Ordinal)
            .ToArray();
        var detailed = request.AuthorizationDetails is { } parameter
            ? details.Read(client, parameter) as AuthorizationDetailsResult.Valid
            : null;
        return new AuthorizationContext
        {
            ClientId = client.Id,
            ClientName = client.Name,
            DocumentHost = client.DocumentHost,
            LogoUri = client.LogoUri,
            ClientUri = client.ClientUri,
            PolicyUri = client.PolicyUri,
            TosUri = client.TosUri,
            Theme = client.Theme,
            RedirectUri = redirectUri,
            Scopes = [.. scopes.Select(Describe)],
            GrantLifetime = scopes.Contains(Scopes.OfflineAccess) ? client.RefreshTokenAbsoluteLifetime : TimeSpan.Zero,
            LoginHint = request.LoginHint,
            Prompt = PromptOf(request, parameters),
            AcrValues = WantedContexts.Of(request, claims, client),
            MaxAge = request.MaxAge ?? client.DefaultMaxAge,
            UiLocales = [.. request.UiLocales],
            Display = request.Display,
            AuthorizationDetails = detailed?.Details.GetRawText(),
            AuthorizationDetailsInWords = detailed?.Texts ?? [],
        };
    }

    // A marker means that the person has to sign in even with a session; for a page this is the same as prompt=login.
    private string[] PromptOf(
        AuthorizationParameters request,
        IReadOnlyList<KeyValuePair<string, StringValues>> parameters
    )
    {
        string[] prompt = [.. request.Prompts];
        var marker = parameters
            .FirstOrDefault(parameter => parameter.Key == AuthorizeMarker.ParameterOf(MarkerKind.Reauthenticate))
            .Value;
        return
            prompt.Contains(PromptValues.Login) || markers.Read(MarkerKind.Reauthenticate, parameters, marker) is null
            ? prompt
            : [.. prompt, PromptValues.Login];
    }

    private static IEnumerable<KeyValuePair<string, string>> PairsOf(
        IEnumerable<KeyValuePair<string, StringValues>> parameters
    ) =>
        parameters.SelectMany(static parameter =>
            parameter.Value.OfType<string>().Select(value => KeyValuePair.Create(parameter.Key, value))
        );

    private RequestedScope Describe(string name) =>
        registry.Catalog.Scopes.TryGetValue(name, out var scope)
            ? new(name, scope.DisplayName, scope.Description)
            : new(name, null, null);

    // Exactly the path and a query; any other form of URL is refused (WB-3).
    private static IReadOnlyList<KeyValuePair<string, StringValues>>? Parse(string? returnUrl) =>
        returnUrl is { Length: <= RequestForm.MaxBytes }
        && returnUrl.StartsWith(EndpointPaths.Authorize + "?", StringComparison.Ordinal)
        && FormText.ParseQuery(returnUrl[EndpointPaths.Authorize.Length..], FormRules.Protocol) is FormText.Read form
            ? [.. form.Parameters]
            : null;
}
