using Identity.Core.Administration;
using Identity.Core.Data;

namespace Identity.Core.Monitoring;

/// <summary>Refused requests of one app.</summary>
/// <param name="ClientId">Null where the request named none.</param>
public sealed record ClientRefusals(string? ClientId, long Count);

/// <summary>What the overview shows of the service as a whole.</summary>
/// <param name="Figures">As they were measured last, on whichever instance; empty before the first time.</param>
/// <param name="SignIns">Every point of the span, quiet ones too, oldest first.</param>
/// <param name="Refusals">The apps with the most refused requests of 24 hours.</param>
public sealed record ServiceState(
    IReadOnlyDictionary<string, Figure> Figures,
    SignInSpan Span,
    IReadOnlyList<SignInPoint> SignIns,
    IReadOnlyList<ClientRefusals> Refusals,
    IReadOnlyList<RunningInstance> Instances
)
{
    /// <summary>A figure's value; null where nothing was measured.</summary>
    public double? ValueOf(string figure) => Figures.GetValueOrDefault(figure)?.Value;
}

/// <summary>Reads the overview in a few statements, each bounded by an index: minutes that are counted, and the events
/// of the last hour at most.</summary>
public sealed class ServiceOverview(Database database, FigureStore figures, InstanceRegistry instances)
{
    private const int MaxClients = 5;

    // The hour stands by itself, so that the planner sees how little there is to read. With one bound that it cannot
    // know beforehand it expects whole partitions, and compiling the plan (jit) takes longer than running it.
    internal const string SignInsSql = """
        WITH points AS (
            SELECT generate_series(date_bin(@step, now() - @length, 'epoch') + @step, now(), @step) AS at),
        counted AS (
            SELECT minute, succeeded, failed, blocked FROM idp.sign_in_minutes WHERE minute >= now() - @length
            UNION ALL
            SELECT created_at, (event_status = 'success')::int, (event_status = 'failure')::int,
                   (event_status = 'blocked')::int
            FROM public.audit_logs
            WHERE event_type = 'login' AND created_at >= now() - interval '1 hour'
              AND created_at >= (SELECT covered_until FROM idp.monitoring_progress)),
        summed AS (
            SELECT date_bin(@step, minute, 'epoch') AS at, sum(succeeded) AS succeeded, sum(failed) AS failed,
                   sum(blocked) AS blocked FROM counted GROUP BY 1)
        SELECT p.at, coalesce(s.succeeded, 0)::bigint, coalesce(s.failed, 0)::bigint, coalesce(s.blocked, 0)::bigint
        FROM points p LEFT JOIN summed s ON s.at = p.at ORDER BY p.at
        """;

    internal const string RefusalsSql = """
        SELECT client_id, count(*) FROM idp.denials WHERE created_at > now() - interval '1 day'
        GROUP BY client_id ORDER BY count(*) DESC, client_id LIMIT @count
        """;

    /// <summary>The figures, and the sign-ins of a span.</summary>
    public async Task<AdminOutcome<ServiceState>> ReadAsync(
        Operator actor,
        SignInSpan span,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Require(actor, AdminActions.OverviewRead) is { } refused)
            return refused;
        return new ServiceState(
            await figures.ReadAsync(cancellationToken),
            span,
            await SignInsAsync(span, cancellationToken),
            await RefusalsAsync(cancellationToken),
            await instances.ListAsync(cancellationToken)
        );
    }

    private Task<List<SignInPoint>> SignInsAsync(SignInSpan span, CancellationToken cancellationToken) =>
        database.QueryAsync(
            SignInsSql,
            static row => new SignInPoint(
                row.GetFieldValue<DateTimeOffset>(0),
                row.GetInt64(1),
                row.GetInt64(2),
                row.GetInt64(3)
            ),
            cancellationToken,
            ("step", span.Step),
            ("length", span.Length)
        );

    private Task<List<ClientRefusals>> RefusalsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(
            RefusalsSql,
            static row => new ClientRefusals(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1)),
            cancellationToken,
            ("count", MaxClients)
        );
}
