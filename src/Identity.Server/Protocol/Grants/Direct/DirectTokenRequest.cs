using System.Buffers;
using System.Text;
using Identity.Core.Clients;
using Identity.Server.Protocol.Engine;
using Identity.Server.Protocol.Extensions.Dpop;
using Microsoft.Net.Http.Headers;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Protocol.Grants.Direct;

/// <summary>A token request as nearly all of them look: a client with a secret asks for its own token, for a refresh or
/// with a code, and for nothing else.</summary>
/// <param name="AuthMethod">How the secret came: one of <see cref="ClientAuthMethod"/>.</param>
/// <param name="GrantType">What the grant is called.</param>
/// <param name="RefreshToken">For a refresh only.</param>
/// <param name="Code">For a code only.</param>
internal sealed record DirectTokenRequest(
    string ClientId,
    string ClientSecret,
    string AuthMethod,
    string GrantType,
    string[] Scopes,
    string? RefreshToken,
    PresentedCode? Code
)
{
    private const string Basic = "Basic ";
    private const int MaxHeader = 1_024;

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
        Fields fields = new();
        foreach (var (name, values) in form)
        {
            if (values is not [{ Length: > 0 } value] || !fields.Take(name, value))
                return null;
        }
        if (!fields.IsWhole)
            return null;
        if (authorization is null)
            return fields is { Id: { } id, Secret: { } secret }
                ? fields.Request(id, secret, ClientAuthMethod.SecretPost)
                : null;
        return fields is { Id: null, Secret: null } && Credentials(authorization) is var (user, password)
            ? fields.Request(user, password, ClientAuthMethod.SecretBasic)
            : null;
    }

    private struct Fields
    {
        private string? _grant;
        private string? _scope;
        private string? _refresh;
        private string? _code;
        private string? _redirectUri;
        private string? _verifier;

        public string? Id { get; private set; }

        public string? Secret { get; private set; }

        /// <summary>Whether the grant has what it needs and nothing of another one.</summary>
        public readonly bool IsWhole =>
            (_grant, _refresh, _code, _redirectUri, _verifier, _scope)
                is
                    (GrantTypes.ClientCredentials, null, null, null, null, _)
                    or
                    (GrantTypes.RefreshToken, not null, null, null, null, _)
                    or
                    (GrantTypes.AuthorizationCode, null, not null, not null, not null, null);

        /// <summary>False for a parameter that is not one of these.</summary>
        public bool Take(string name, string value)
        {
            switch (name)
            {
                case Parameters.GrantType:
                    _grant = value;
                    return true;
                case Parameters.ClientId:
                    Id = value;
                    return true;
                case Parameters.ClientSecret:
                    Secret = value;
                    return true;
                case Parameters.Scope:
                    _scope = value;
                    return true;
                case Parameters.RefreshToken:
                    _refresh = value;
                    return true;
                case Parameters.Code:
                    _code = value;
                    return true;
                case Parameters.RedirectUri:
                    _redirectUri = value;
                    return true;
                case Parameters.CodeVerifier:
                    _verifier = value;
                    return true;
                default:
                    return false;
            }
        }

        public readonly DirectTokenRequest Request(string id, string secret, string method) =>
            new(
                id,
                secret,
                method,
                _grant!,
                _scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
                _refresh,
                _code is null ? null : new(_code, _redirectUri, _verifier)
            );
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
