namespace Identity.Server.Protocol.Extensions.Dpop;

/// <summary>Section <c>Identity:Dpop</c>.</summary>
internal sealed class DpopOptions
{
    public const string Section = "Identity:Dpop";

    /// <summary>Whether a proof must carry a nonce of ours (RFC 9449 section 8): so that none can be made ahead of its
    /// time. Costs a client one more request every five minutes.</summary>
    public bool RequireNonce { get; set; }
}
