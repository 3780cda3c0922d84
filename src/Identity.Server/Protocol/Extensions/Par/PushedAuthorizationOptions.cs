namespace Identity.Server.Protocol.Extensions.Par;

/// <summary>Section <c>Identity:PushedAuthorization</c>.</summary>
internal sealed class PushedAuthorizationOptions
{
    public const string Section = "Identity:PushedAuthorization";

    /// <summary>Whether every client must push its requests (RFC 9126 section 5); otherwise only those that registered
    /// it.</summary>
    public bool Required { get; set; }
}
