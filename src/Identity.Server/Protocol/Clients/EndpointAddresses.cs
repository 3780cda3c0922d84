using Identity.Server.Protocol.Clients.Certificates;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Clients;

/// <summary>The public addresses of the endpoints at which clients authenticate: the values that an assertion may have
/// as <c>aud</c> in addition to the issuer (RFC 7523 section 3, RFC 9126 section 2).</summary>
internal sealed class EndpointAddresses(Issuer issuer, IOptions<MutualTlsOptions> options)
{
    /// <summary>The token endpoint's and that of the endpoint that was called.</summary>
    /// <param name="called">One of <see cref="EndpointPaths"/>.</param>
    public IReadOnlyCollection<string> AudiencesAt(string called)
    {
        string[] first = [issuer.UrlOf(EndpointPaths.Token), issuer.UrlOf(called)];
        return options.Value.BaseUri is null ? first : [.. first, AliasOf(EndpointPaths.Token), AliasOf(called)];
    }

    /// <summary>The address of an endpoint at which certificates are asked for (RFC 8705 section 5). Only if there is a
    /// second address.</summary>
    public string AliasOf(string path) => new Uri(options.Value.BaseUri!, path).AbsoluteUri;
}
