using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol;

/// <summary>The issuer identifier (RFC 8414 section 2) exactly as it stands in every token, in discovery and in <c>iss</c>: compared as text by whoever reads it.</summary>
internal sealed class ProtocolIssuer(string value)
{
    public const string Setting = "Identity:Issuer";

    /// <summary>The identifier.</summary>
    public string Value => value;

    /// <summary>Reads the setting; Development has a default.</summary>
    /// <exception cref="OptionsValidationException">It is missing outside Development, or no URI that may be an issuer.</exception>
    public static ProtocolIssuer Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var text = configuration[Setting] is { Length: > 0 } given ? given : environment.IsDevelopment() ? "http://localhost:5000" : null;
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Query.Length > 0 || uri.Fragment.Length > 0
            || (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
            throw new OptionsValidationException(nameof(ProtocolIssuer), typeof(ProtocolIssuer), [$"{Setting}: must be an https URI without query and fragment (or http on loopback)."]);
        // The engine writes the URI in its canonical form, so a bare host ends in a slash: the same text must stand everywhere.
        return new(uri.AbsoluteUri);
    }
}
