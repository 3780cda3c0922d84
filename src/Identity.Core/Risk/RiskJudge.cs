using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Places;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Risk;

/// <summary>Judges a sign-in after its first factor succeeded and before its session starts.</summary>
public sealed class RiskJudge(
    Database database,
    PlaceFinder places,
    AuditLog audit,
    SecurityNotices notices,
    IOptions<SessionOptions> sessions,
    IOptions<RiskOptions> options
)
{
    private const double MaxKilometresPerHour = 900;

    // Shorter distances are more often an inexact file or a mobile network than a traveller.
    private const double MinKilometres = 100;

    // Prevents a division by nearly zero for two sign-ins within seconds.
    private static readonly TimeSpan MinTravel = TimeSpan.FromMinutes(1);

    /// <summary>The signals that fire and the resulting step. Sends one SQL command; none if risk is off.</summary>
    public async Task<RiskAssessment> JudgeAsync(
        Guid userId,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.Enabled)
            return RiskAssessment.None;
        var history = await SignInHistory.ReadAsync(
            database,
            userId,
            request,
            sessions.Value.Retention,
            cancellationToken
        );
        RiskSignal[] fired = [.. Fired(request, history).Where(signal => options.Value.WeightOf(signal) > 0)];
        var score = fired.Sum(options.Value.WeightOf);
        var step = options.Value.StepOf(score);
        RiskMetrics.Count(step);
        return new(score, fired, step);
    }

    /// <summary>Records that a further proof was required or the sign-in refused. The person gets a mail about a
    /// refusal, because somebody knows the password.</summary>
    public Task RecordAsync(
        Guid userId,
        RiskAssessment assessment,
        bool isRefused,
        RequestContext request,
        CancellationToken cancellationToken
    ) =>
        database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                await audit.AppendAsync(
                    transaction,
                    new(
                        AuditEventTypes.SignInRisk,
                        isRefused ? AuditStatus.Blocked : AuditStatus.Pending,
                        userId,
                        request.IpAddress,
                        request.UserAgent,
                        new Dictionary<string, object?>
                        {
                            ["signals"] = assessment.Names,
                            ["score"] = assessment.Score,
                            ["step"] = isRefused ? "refusal" : "second_factor",
                        }
                    ),
                    cancel
                );
                if (isRefused)
                    await notices.QueueAsync(transaction, userId, MailKind.SignInRefused, request, cancel);
                return true;
            },
            cancellationToken
        );

    /// <summary>Score, signals and weights, such as <c>60: new_device (20), failing_address (40)</c>.</summary>
    public string Explain(RiskAssessment assessment) =>
        $"{assessment.Score}: "
        + string.Join(", ", assessment.Signals.Select(one => $"{one.Name} ({options.Value.WeightOf(one)})"));

    private IEnumerable<RiskSignal> Fired(RequestContext request, SignInHistory history)
    {
        if (history.IsNewDevice)
            yield return RiskSignals.NewDevice;
        foreach (var signal in FiredByPlace(request, history))
            yield return signal;
        if (history.FailingAccounts >= options.Value.FailingAccounts)
            yield return RiskSignals.FailingAddress;
        if (places.IsListed(request.IpAddress))
            yield return RiskSignals.ListedNetwork;
    }

    // A person without earlier sign-ins has no usual place.
    private IEnumerable<RiskSignal> FiredByPlace(RequestContext request, SignInHistory history)
    {
        if (request.IpAddress is not { } address || history.Visits.Count == 0)
            yield break;
        var here = places.Find(address);
        var before = history
            .Visits.Select(visit => (visit.Address, visit.At, Place: places.Find(visit.Address)))
            .ToList();
        var network = here?.Network ?? PlaceFinder.Prefix(address);
        if (before.All(visit => (visit.Place?.Network ?? PlaceFinder.Prefix(visit.Address)) != network))
            yield return RiskSignals.NewNetwork;
        if (
            here?.CountryCode is { } country
            && before.Any(static visit => visit.Place?.CountryCode is not null)
            && before.All(visit => visit.Place?.CountryCode != country)
        )
            yield return RiskSignals.NewCountry;
        if (
            here?.Coordinates is { } to
            && before[0].Place?.Coordinates is { } from
            && IsImpossible(from.KilometresTo(to), history.ReadAt - before[0].At)
        )
            yield return RiskSignals.ImpossibleSpeed;
    }

    private static bool IsImpossible(double kilometres, TimeSpan elapsed) =>
        kilometres >= MinKilometres
        && kilometres / Math.Max(elapsed.TotalHours, MinTravel.TotalHours) > MaxKilometresPerHour;
}
