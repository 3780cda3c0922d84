namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>Section <c>Identity:Dpop</c>.</summary>
internal sealed class DpopOptions
{
    public const string Section = "Identity:Dpop";

    /// <summary>Whether a proof must contain a server nonce (RFC 9449 section 8), so that proofs cannot be prepared in
    /// advance. It costs a client one extra request every five minutes.</summary>
    public bool RequireNonce { get; set; }
}
