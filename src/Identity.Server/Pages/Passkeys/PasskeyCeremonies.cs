using System.Globalization;
using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Passkeys;
using Identity.Core.Primitives;
using Identity.Core.Throttling;
using Identity.Core.Users;
using Identity.Server.Browser;
using Identity.Server.Pages.Flow;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Identity.Server.Pages.Passkeys;

/// <summary> The two halves of a WebAuthn ceremony: the options that the script of a page asks for, and the answer that
/// it sends in the page's form. Between them the challenge is in the database and its token in a cookie of this
/// browser; completing the ceremony consumes it, so that it works only once (MF-9).
/// </summary>
internal sealed class PasskeyCeremonies(
    PasskeyHandlers handlers,
    PasskeyStore passkeys,
    PasskeyCeremonyStore ceremonies,
    AttemptLimiter limiter,
    AuditLog audit
)
{
    /// <summary>A key was used, and the authenticator verified the user (RFC 8176): two factors at once.</summary>
    public static readonly string[] Amr = ["pop", "user", "mfa"];

    /// <summary>Answers of authenticators are shorter: a credential without attestation has about one
    /// kilobyte.</summary>
    private const int MaxAnswerLength = 32 * 1024;

    /// <summary>Enough for a large office behind one address.</summary>
    private static readonly AttemptLimit PerAddress = new(600, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));

    private static readonly CookieOptions Cookie = new()
    {
        Secure = true,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        IsEssential = true,
        MaxAge = TimeSpan.FromMinutes(5),
    };

    /// <summary>Begins adding a passkey to an account: the options for <c>navigator.credentials.create</c>.</summary>
    public async Task<IActionResult> BeginRegistrationAsync(
        HttpContext http,
        UserAccount user,
        PasskeyCeremony ceremony
    )
    {
        var made = await HandlerOf(ceremony)
            .MakeCreationOptionsAsync(
                new()
                {
                    Id = new SubjectId(user.Id).ToString(),
                    Name = user.Email,
                    DisplayName = user.Name ?? user.Email,
                },
                http
            );
        return await AnswerAsync(http, ceremony, user.Credential, made.CreationOptionsJson, made.AttestationState);
    }

    private IPasskeyHandler<UserAccount> HandlerOf(PasskeyCeremony ceremony) =>
        ceremony == PasskeyCeremony.AutomaticRegistration ? handlers.ForAutomaticCreation : handlers.Stock;

    /// <summary>Begins a proof by passkey: the options for <c>navigator.credentials.get</c>.</summary>
    /// <param name="user">The owner of the passkey; null at sign-in, where the passkey itself identifies the person, so
    /// that nobody learns who has one (EN-1).</param>
    public async Task<IActionResult> BeginProofAsync(HttpContext http, PasskeyCeremony ceremony, UserAccount? user)
    {
        var made = await handlers.Stock.MakeRequestOptionsAsync(user, http);
        return await AnswerAsync(http, ceremony, user?.Credential, made.RequestOptionsJson, made.AssertionState);
    }

    /// <summary> The new credential, checked but not yet stored; null if the ceremony has expired or is another
    /// person's, or the answer does not match its challenge and site or lacks user verification,
    /// unless it was created automatically. It has no name yet.
    /// </summary>
    public async Task<Passkey?> FinishRegistrationAsync(
        HttpContext http,
        UserAccount user,
        PasskeyCeremony ceremony,
        string? answer
    )
    {
        if (await TakeAsync(http, ceremony, user.Credential, answer) is not { } state)
            return null;
        var isAutomatic = ceremony == PasskeyCeremony.AutomaticRegistration;
        var result = await HandlerOf(ceremony)
            .PerformAttestationAsync(
                new()
                {
                    HttpContext = http,
                    CredentialJson = isAutomatic ? AttestationObject.WithUserPresent(answer!) : answer!,
                    AttestationState = state,
                }
            );
        if (!result.Succeeded || result.UserEntity.Id != new SubjectId(user.Id).ToString())
            return null;
        var made = result.Passkey;
        return new()
        {
            UserId = user.Id,
            CredentialId = made.CredentialId,
            PublicKey = made.PublicKey,
            SignCount = made.SignCount,
            Transports = made.Transports ?? [],
            IsUserVerified = made.IsUserVerified,
            IsBackupEligible = made.IsBackupEligible,
            IsBackedUp = made.IsBackedUp,
            AttestationObject = made.AttestationObject,
            ClientDataJson = made.ClientDataJson,
            Name = "",
        };
    }

    /// <summary>The account that the passkey proved, or a refusal: the page shows one text for all, the audit log has
    /// the reason (EN-1).</summary>
    /// <param name="owner">The owner of the passkey; null at sign-in.</param>
    public async Task<PasskeyProof> FinishProofAsync(
        HttpContext http,
        PasskeyCeremony ceremony,
        CredentialProof? owner,
        string? answer
    )
    {
        // Each answer costs a look-up and an audit row, even without a ceremony, so answers share a limit like every
        // credential (BF-5).
        switch (
            await limiter.ReserveAsync(
                limiter.Key("passkey_proof", http.ReadRequestContext().IpAddress),
                PerAddress,
                CancellationToken.None
            )
        )
        {
            case Reservation.Refused:
                return new PasskeyProof.Refused();
            case Reservation.Granted { StartedLock: true }:
                await NoteAsync(http, AuditEventTypes.AttemptsPaused, AuditStatus.Success, null, "limit");
                break;
        }
        if (await TakeAsync(http, ceremony, owner, answer) is not { } state)
            return await FailAsync(http, ceremony, owner?.UserId, "challenge");
        var result = await handlers
            .ForAnswer(answer!)
            .PerformAssertionAsync(
                new()
                {
                    HttpContext = http,
                    CredentialJson = answer!,
                    AssertionState = state,
                }
            );
        if (!result.Succeeded)
            return await FailAsync(http, ceremony, owner?.UserId, "assertion") with
            {
                IsUnknown = await IsUnknownAsync(answer!, http.RequestAborted),
            };
        var (user, used) = (result.User, result.Passkey);
        if (
            await passkeys.FindByCredentialAsync(used.CredentialId, http.RequestAborted) is not { } passkey
            || passkey.UserId != user.Id
        )
            return await FailAsync(http, ceremony, user.Id, "credential");
        PasskeyReport report = new(used.SignCount, used.IsBackupEligible, used.IsBackedUp);
        return await passkeys.NoteUseAsync(passkey.Id, report, http.ReadRequestContext(), http.RequestAborted) switch
        {
            PasskeyUse.Accepted accepted => new PasskeyProof.Proved(accepted.Owner),
            PasskeyUse.CounterRanBack => await FailAsync(http, ceremony, user.Id, "counter"),
            _ => await FailAsync(http, ceremony, user.Id, "credential"),
        };
    }

    private async Task<bool> IsUnknownAsync(string answer, CancellationToken cancellationToken) =>
        PasskeyHandlers.CredentialIdOf(answer) is { } id && !await passkeys.ExistsAsync(id, cancellationToken);

    private async Task<IActionResult> AnswerAsync(
        HttpContext http,
        PasskeyCeremony ceremony,
        CredentialProof? owner,
        string options,
        string? state
    )
    {
        var request = http.ReadRequestContext();
        if (
            await limiter.ReserveAsync(
                limiter.Key("passkey_ceremony", request.IpAddress),
                PerAddress,
                http.RequestAborted
            )
            is Reservation.Refused refused
        )
        {
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(refused.RetryAfter.TotalSeconds)).ToString(
                CultureInfo.InvariantCulture
            );
            return new StatusCodeResult(StatusCodes.Status429TooManyRequests);
        }
        var token = await ceremonies.BeginAsync(ceremony, owner, state ?? "", http.RequestAborted);
        http.Response.Cookies.Append(NameOf(ceremony), token.Value, Cookie);
        return new ContentResult { Content = options, ContentType = "application/json" };
    }

    private async Task<string?> TakeAsync(
        HttpContext http,
        PasskeyCeremony ceremony,
        CredentialProof? owner,
        string? answer
    )
    {
        if (!OpaqueToken.TryParse(http.Request.Cookies[NameOf(ceremony)], out var token))
            return null;
        http.Response.Cookies.Delete(NameOf(ceremony), Cookie);
        var state = await ceremonies.TakeAsync(token, ceremony, owner, http.RequestAborted);
        return answer is { Length: > 0 and <= MaxAnswerLength } ? state : null;
    }

    private async Task<PasskeyProof.Refused> FailAsync(
        HttpContext http,
        PasskeyCeremony ceremony,
        Guid? userId,
        string reason
    )
    {
        var type = ceremony switch
        {
            PasskeyCeremony.StepUp => AuditEventTypes.StepUp,
            PasskeyCeremony.SecondFactor => AuditEventTypes.TwoFactorChallenge,
            _ => AuditEventTypes.Login,
        };
        await NoteAsync(http, type, reason == "counter" ? AuditStatus.Blocked : AuditStatus.Failure, userId, reason);
        return new();
    }

    // Not cancelled with the request: a checked answer always writes its row.
    private Task NoteAsync(HttpContext http, string type, AuditStatus status, Guid? userId, string reason)
    {
        var request = http.ReadRequestContext();
        return audit.AppendAsync(
            new(
                type,
                status,
                userId,
                request.IpAddress,
                request.UserAgent,
                new Dictionary<string, object?> { ["method"] = "passkey", ["reason"] = reason }
            ),
            CancellationToken.None
        );
    }

    private static string NameOf(PasskeyCeremony ceremony) =>
        ceremony switch
        {
            PasskeyCeremony.Registration => "__Host-passkey-new",
            PasskeyCeremony.AutomaticRegistration => "__Host-passkey-automatic",
            PasskeyCeremony.SignIn => "__Host-passkey-sign-in",
            PasskeyCeremony.SecondFactor => "__Host-passkey-second",
            _ => "__Host-passkey-step-up",
        };
}
