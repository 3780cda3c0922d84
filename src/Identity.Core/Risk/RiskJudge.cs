using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Places;
using Identity.Core.Sessions;
using Microsoft.Extensions.Options;

namespace Identity.Core.Risk;

/// <summary>Judges a sign-in whose first factor was right, before its session begins.</summary>
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

    // Below, two files of places, or two cells of a mobile network, explain it better than a traveller does.
    private const double MinKilometres = 100;

    // Two sign-ins of one moment are not infinitely fast.
    private static readonly TimeSpan MinTravel = TimeSpan.FromMinutes(1);

    /// <summary>What fires, and what should follow. Where risk is off, nothing, and no command is sent; otherwise
    /// one.</summary>
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
        return new(score, fired, options.Value.StepOf(score));
    }

    /// <summary>Notes that more was asked for, or that the sign-in was refused, which its person is told: whoever tried
    /// knows the password.</summary>
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

    // Who never signed in before has no usual place.
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
