using Identity.Core.Clients;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary>Section <c>Identity:ClientMetadataDocuments</c>: clients that nobody registers, because their id is the URL
/// of a document that describes them (draft-ietf-oauth-client-id-metadata-document). Off by default.</summary>
internal sealed class ClientDocumentOptions
{
    public const string Section = "Identity:ClientMetadataDocuments";

    public bool Enabled { get; set; }

    /// <summary>The hosts whose documents are taken, such as <c>agent.example.com</c>, <c>*.example.com</c> for every
    /// host below it, or <c>*</c> for every host. Required if it is enabled.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>The scopes that such a client may have; openid, profile, email and offline_access by default.</summary>
    public IList<string> AllowedScopes { get; } = [];

    /// <summary>The private-use schemes that it may redirect to in addition to reversed domain names. None by
    /// default.</summary>
    public IList<string> PrivateSchemes { get; } = [];

    /// <summary>The rules, of which a client without a method is public: no secret can be agreed on.</summary>
    internal RegistrationRules Rules =>
        new(
            AllowedScopes.Count > 0 ? [.. AllowedScopes] : RegistrationRules.UsualScopes,
            RegistrationRules.UsualGrantTypes,
            [.. PrivateSchemes],
            ClientAuthMethod.None
        );
}

internal sealed class ClientDocumentOptionsValidator : IValidateOptions<ClientDocumentOptions>
{
    public ValidateOptionsResult Validate(string? name, ClientDocumentOptions options)
    {
        const string hosts = $"{ClientDocumentOptions.Section}:AllowedHosts";
        string[] failures =
        [
            .. options
                .AllowedHosts.Where(static host => !IsPattern(host))
                .Select(static host =>
                    $"{hosts}: '{host}' is not a host such as agent.example.com, *.example.com, or * for every host."
                ),
            .. options is { Enabled: true, AllowedHosts.Count: 0 }
                ? [$"{hosts}: is empty; name the hosts whose documents are taken, or * for every host."]
                : Array.Empty<string>(),
            .. RegistrationRules.Faults(ClientDocumentOptions.Section, options.AllowedScopes, options.PrivateSchemes),
        ];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static bool IsPattern(string host) =>
        host == ClientDocumentUrl.AnyHost
        || Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host)
            is UriHostNameType.Dns
                or UriHostNameType.IPv4;
}
