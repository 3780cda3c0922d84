using Identity.Core.Data;
using Identity.Core.Deliveries;

namespace Identity.Core.Logout;

/// <summary>Wakes the deliverer by NOTIFY <c>identity_logout</c> from the instance that ended a session.</summary>
internal sealed class LogoutListener : DeliverySignal, IChannelSubscriber
{
    /// <inheritdoc />
    public string ChannelName => "identity_logout";
}
