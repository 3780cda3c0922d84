using Identity.Core.Administration;
using Identity.Core.Detection;
using Identity.Core.Keys;
using Identity.Core.Monitoring;

namespace Identity.Server.Admin.Console.Shell;

/// <summary>Where an operator begins: what is open, how the service does, and what they may do. Each part is shown to
/// operators with its permission.</summary>
internal sealed class OverviewModel(AlertAdministration alerts, ServiceOverview overview, SigningKeyAdministration keys)
    : ConsolePage
{
    /// <summary>The most alerts that the page shows.</summary>
    public const int MaxAlerts = 10;

    /// <summary>Open alerts, newest first; null where the operator may not see them. One more than
    /// <see cref="MaxAlerts"/> where the list goes on.</summary>
    public IReadOnlyList<Alert>? Alerts { get; private set; }

    /// <summary>Null where the operator may not see it.</summary>
    public ServiceState? Service { get; private set; }

    public IReadOnlyList<SigningKeyDescription> Keys { get; private set; } = [];

    [AnyOperator]
    public async Task OnGetAsync(string? span)
    {
        if (Operator.May(AdminPermission.AlertsRead))
        {
            Alerts = ListOf(await alerts.ListAsync(Operator, AlertFilter.Open, null, MaxAlerts + 1, Aborted));
            Service = await overview.ReadAsync(Operator, SignInSpan.Find(span), Aborted)
                is AdminOutcome<ServiceState>.Done state
                ? state.Value
                : null;
        }
        if (Operator.May(AdminPermission.KeysRead))
            Keys = ListOf(await keys.ListAsync(Operator, Aborted));
    }
}
