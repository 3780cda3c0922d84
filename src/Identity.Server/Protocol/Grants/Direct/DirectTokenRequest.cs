using System.Buffers;
using System.Text;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Microsoft.Net.Http.Headers;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants.Direct;

/// <summary>A token request as nearly all of them look: a client with a secret asks for its own token or for a refresh,
/// and for nothing else.</summary>
/// <param name="AuthMethod">How the secret came: one of <see cref="ClientAuthMethod"/>.</param>
/// <param name="RefreshToken">Null for a client's own token.</param>
internal sealed record DirectTokenRequest(
    string ClientId,
    string ClientSecret,
    string AuthMethod,
    string[] Scopes,
    string? RefreshToken
)
{
    private const string Basic = "Basic ";
    private const int MaxHeader = 1_024;

    /// <summary>What the grant is called.</summary>
    public string GrantType => RefreshToken is null ? GrantTypes.ClientCredentials : GrantTypes.RefreshToken;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"DirectTokenRequest {ClientId}";

    /// <summary>Reads a request; null when anything about it is out of the ordinary, which is the engine's to
    /// judge.</summary>
    public static DirectTokenRequest? TryRead(HttpRequest request)
    {
        if (
            !HttpMethods.IsPost(request.Method)
            || !string.Equals(request.Path.Value, EndpointPaths.Token, StringComparison.Ordinal)
            || request.QueryString.HasValue
            || !request.HasFormContentType
            || request.Headers.ContainsKey(DpopRules.ProofHeader)
        )
            return null;
        return TryRead(request.Form, request.Headers[HeaderNames.Authorization]);
    }

    // Credentials stand in the form or in the header, never in both (RFC 6749 section 2.3).
    private static DirectTokenRequest? TryRead(IFormCollection form, string? authorization)
    {
        string? grant = null,
            id = null,
            secret = null,
            scope = null,
            token = null;
        foreach (var (name, values) in form)
        {
            if (values is not [{ Length: > 0 } value])
                return null;
            switch (name)
            {
                case Parameters.GrantType:
                    grant = value;
                    break;
                case Parameters.ClientId:
                    id = value;
                    break;
                case Parameters.ClientSecret:
                    secret = value;
                    break;
                case Parameters.Scope:
                    scope = value;
                    break;
                case Parameters.RefreshToken:
                    token = value;
                    break;
                default:
                    return null;
            }
        }
        if (grant != (token is null ? GrantTypes.ClientCredentials : GrantTypes.RefreshToken))
            return null;
        string[] scopes = scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (authorization is null)
            return id is not null && secret is not null
                ? new(id, secret, ClientAuthMethod.SecretPost, scopes, token)
                : null;
        return id is null && secret is null && Credentials(authorization) is var (user, password)
            ? new(user, password, ClientAuthMethod.SecretBasic, scopes, token)
            : null;
    }

    // RFC 7617 with the form encoding of RFC 6749 section 2.3.1 inside: what that encoding would change is left to the
    // engine.
    private static (string User, string Password)? Credentials(string authorization)
    {
        if (authorization.Length > MaxHeader || !authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;
        Span<byte> bytes = stackalloc byte[MaxHeader];
        if (!Convert.TryFromBase64Chars(authorization.AsSpan(Basic.Length), bytes, out var length))
            return null;
        bytes = bytes[..length];
        var colon = bytes.IndexOf((byte)':');
        return colon > 0 && colon < length - 1 && bytes.IndexOfAnyExcept(Plain) < 0 && bytes.Count((byte)':') == 1
            ? (Encoding.ASCII.GetString(bytes[..colon]), Encoding.ASCII.GetString(bytes[(colon + 1)..]))
            : null;
    }

    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:"u8
    );
}
