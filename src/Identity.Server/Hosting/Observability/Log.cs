namespace Identity.Server.Hosting.Observability;

internal static partial class Log
{
    [LoggerMessage(2030, LogLevel.Information, "Metrics for Prometheus: {Address}/metrics")]
    public static partial void PrometheusListens(ILogger logger, string address);

    [LoggerMessage(2031, LogLevel.Error, "Audit events were not exported; the next run begins with them")]
    public static partial void AuditExportFailed(ILogger logger, Exception exception);

    [LoggerMessage(2032, LogLevel.Warning, "The collector does not take audit events; {Count} or more wait")]
    public static partial void CollectorRefuses(ILogger logger, int count);
}
