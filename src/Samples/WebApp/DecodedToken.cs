using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Samples.WebApp;

/// <summary>The readable parts of a JWT, for display only: the OpenIdConnect handler validates the ID token, and the
/// API validates access tokens.</summary>
public sealed record DecodedToken(string Header, string Payload)
{
    /// <summary>The parts; null if the token is not a JWT.</summary>
    public static DecodedToken? Read(string? token) =>
        token is not null
        && new JsonWebTokenHandler().CanReadToken(token)
        && token.Split('.') is [var header, var payload, _]
            ? new DecodedToken(Part(header), Part(payload))
            : null;

    private static string Part(string text) =>
        HttpAnswer.Layout(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(text)));
}
