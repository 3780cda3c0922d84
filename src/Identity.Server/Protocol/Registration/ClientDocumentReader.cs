using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Primitives;

namespace Identity.Server.Protocol.Registration;

/// <summary>A metadata document, read.</summary>
internal abstract record ClientDocumentReading
{
    private ClientDocumentReading() { }

    internal sealed record Valid(Client Client) : ClientDocumentReading;

    /// <param name="Fault">The member at fault and why, for the developer of the client.</param>
    internal sealed record Invalid(string Fault) : ClientDocumentReading;
}

/// <summary>Reads metadata documents (draft-ietf-oauth-client-id-metadata-document section 4): the rules of dynamic
/// registration, and those that follow from a description that nobody asked for and that can change.</summary>
internal static class ClientDocumentReader
{
    private static readonly string[] Secrets = ["client_secret", "client_secret_expires_at"];
    private static readonly string[] Methods = [ClientAuthMethod.None, ClientAuthMethod.PrivateKeyJwt];

    public static ClientDocumentReading Read(
        Uri url,
        ReadOnlyMemory<byte> body,
        RegistrationRules rules,
        ClientCatalog catalog
    )
    {
        if (MemberFault(url, body) is { } fault)
            return new ClientDocumentReading.Invalid(fault);
        // Scopes come and go with the catalog, and a document may name any.
        var known = rules with
        {
            Scopes = [.. rules.Scopes.Where(catalog.Scopes.ContainsKey)],
        };
        return RegistrationRequest.Read(body, known) switch
        {
            RegistrationRequest.Valid valid => Describe(url, valid.Definition, catalog),
            RegistrationRequest.Invalid invalid => new ClientDocumentReading.Invalid(invalid.Description),
            _ => throw new InvalidOperationException("A request is valid or invalid."),
        };
    }

    private static ClientDocumentReading Describe(Uri url, ClientDefinition definition, ClientCatalog catalog)
    {
        if (!Methods.Contains(definition.TokenEndpointAuthMethod))
            return new ClientDocumentReading.Invalid(
                $"token_endpoint_auth_method: is neither {string.Join(" nor ", Methods)}."
            );
        if (definition.RedirectUris?.FirstOrDefault(uri => IsElsewhere(url, uri)) is not null)
            return new ClientDocumentReading.Invalid(
                "redirect_uris: an https URI has another origin than the document."
            );
        if (definition.JwksUri is { } keys && WebOrigin.Of(keys) != WebOrigin.Of(url))
            return new ClientDocumentReading.Invalid("jwks_uri: has another origin than the document.");
        Restrict(url, definition);
        List<string> failures = [];
        return catalog.Read(url.AbsoluteUri, definition, failures) is { } client
            ? new ClientDocumentReading.Valid(client with { IsSelfRegistered = true, IsFromDocument = true })
            : new ClientDocumentReading.Invalid(ClientRegistrations.Faulty(url.AbsoluteUri, failures).Description);
    }

    // What would make the provider call or show addresses of a stranger is left out: a picture that can imitate another
    // app, channels of logout, a sector. Without these the client works, and asks for none of it again.
    private static void Restrict(Uri url, ClientDefinition definition)
    {
        definition.Name = string.IsNullOrWhiteSpace(definition.Name) ? url.Authority : definition.Name;
        definition.LogoUri = null;
        definition.SubjectType = null;
        definition.SectorIdentifierUri = null;
        definition.BackchannelLogoutUri = null;
        definition.FrontchannelLogoutUri = null;
        definition.PostLogoutRedirectUris = null;
    }

    // Section 8.1: without this rule, a document on a host that people know could send their codes anywhere.
    private static bool IsElsewhere(Uri document, string redirectUri) =>
        RedirectUri.IsHttps(redirectUri) && WebOrigin.Of(redirectUri) != WebOrigin.Of(document);

    private static string? MemberFault(Uri url, ReadOnlyMemory<byte> body)
    {
        using var document = UntrustedJson.Read(body);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } json)
            return "The document is not a JSON object, or holds text that cannot be stored.";
        if (UntrustedJson.Text(json, "client_id") != url.AbsoluteUri)
            return "client_id: is not the URL of the document.";
        return Secrets.FirstOrDefault(name => json.TryGetProperty(name, out _)) is { } secret
            ? $"{secret}: must not be in a public document."
            : null;
    }
}
