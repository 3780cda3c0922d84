using Identity.Core.Grants;

namespace Identity.Server.Protocol.Grants;

/// <summary>What came of the code or refresh token of a request. A request that was claimed and refused on the direct
/// way is answered by the engine with it, and claims nothing again. A feature of the request.</summary>
internal sealed record RequestRedemption(GrantRedemption Redemption)
{
    /// <summary>Null if nothing was claimed yet.</summary>
    public static GrantRedemption? Of(HttpContext http) => http.Features.Get<RequestRedemption>()?.Redemption;

    public static GrantRedemption Keep(HttpContext http, GrantRedemption redemption)
    {
        http.Features.Set(new RequestRedemption(redemption));
        return redemption;
    }
}
