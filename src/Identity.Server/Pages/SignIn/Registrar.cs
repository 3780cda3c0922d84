using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Identity.Core.Users;

namespace Identity.Server.Pages.SignIn;

/// <summary>What came of a registration. A known address and a new one are the same <see cref="Received"/> (EN-3).</summary>
internal abstract record RegistrationResult
{
    private RegistrationResult()
    {
    }

    public sealed record Received : RegistrationResult;

    public sealed record Refused(PasswordJudgement Judgement) : RegistrationResult;

    public sealed record Throttled(TimeSpan RetryAfter) : RegistrationResult;

    public sealed record Busy(TimeSpan RetryAfter) : RegistrationResult;
}

/// <summary>Takes registrations: limited by address, and one hash and one transaction whether the e-mail address is new or known (EN-1, EN-3).</summary>
internal sealed class Registrar(Database database, UserStore users, PasswordPolicy policy, HashQueue hashes, AttemptLimiter limiter)
{
    /// <summary>Wide enough for a classroom behind one address.</summary>
    private static readonly AttemptLimit PerAddress = new(60, TimeSpan.FromHours(1), TimeSpan.FromHours(1));

    public async Task<RegistrationResult> RegisterAsync(EmailAddress email, PlainTextPassword password, string? name, RequestContext request, CancellationToken cancellationToken)
    {
        var judgement = policy.Judge(password, Words(email, name));
        if (!judgement.IsAccepted)
            return new RegistrationResult.Refused(judgement);
        if (await limiter.ReserveAsync(limiter.Key("registration_address", request.IpAddress ?? IPAddress.None), PerAddress, cancellationToken) is Reservation.Refused refused)
            return new RegistrationResult.Throttled(refused.RetryAfter);
        var turn = await hashes.HashAsync(password, cancellationToken);
        if (turn is HashTurn<PasswordHash>.Busy busy)
            return new RegistrationResult.Busy(busy.RetryAfter);

        var hash = ((HashTurn<PasswordHash>.Done)turn).Value;
        await database.InTransactionAsync((transaction, cancel) => users.CreateAsync(transaction, email, hash, name, request, cancel), cancellationToken);
        return new RegistrationResult.Received();
    }

    /// <summary>What may not make up a password: the person's own names (PW-6).</summary>
    public static IEnumerable<string> Words(EmailAddress email, string? name) => new[] { email.Value[..email.Value.LastIndexOf('@')], name }.OfType<string>();
}
