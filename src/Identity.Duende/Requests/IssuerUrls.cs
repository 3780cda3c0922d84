using Duende.IdentityServer.Services;
using Identity.Server.Protocol.Engine;

namespace Identity.DuendeHost.Requests;

/// <summary>The addresses of this provider are those of its issuer, whatever host a request names.</summary>
internal sealed class IssuerUrls(Issuer issuer) : IServerUrls
{
    /// <summary>Duende sets what the request says; it is not listened to.</summary>
    public string Origin
    {
        get => issuer.BaseUri.GetLeftPart(UriPartial.Authority);
        set { }
    }

    public string? BasePath
    {
        get => issuer.BaseUri.AbsolutePath.TrimEnd('/');
        set { }
    }
}

/// <summary>The issuer exactly as configured.</summary>
internal sealed class IssuerName(Issuer issuer) : IIssuerNameService
{
    public Task<string> GetCurrentAsync() => Task.FromResult(issuer.Value);
}
