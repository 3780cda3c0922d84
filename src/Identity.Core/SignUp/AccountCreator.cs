using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Mail;
using Identity.Core.Passwords;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.SignUp;

/// <summary>Creates accounts for people who sign up. A new address gets a verification mail, a known one a notice that
/// there is an account (EN-3).</summary>
public sealed class AccountCreator(
    Database database,
    MailRequests requests,
    UserStore users,
    PasswordPolicy policy,
    HashQueue hashes,
    EmailVerifier verifier,
    MailOutbox outbox,
    MailLinks links,
    AuditLog audit,
    IOptions<SignUpOptions> options
)
{
    /// <summary>Creates the account. One hash is computed for every address that gets this far, known or not
    /// (EN-2).</summary>
    /// <param name="locale">The language of the page; it becomes the account's.</param>
    public async Task<SignUpResult> SignUpAsync(
        string? email,
        PlainTextPassword password,
        string? name,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.IsOpen)
            return new SignUpResult.Closed();
        if (!EmailAddress.TryParse(email, out var address))
            return new SignUpResult.InvalidEmail();
        if (!options.Value.Allows(address))
            return new SignUpResult.DomainNotAllowed();
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new SignUpResult.Throttled(wait);
        var judgement = policy.Judge(
            password,
            new[] { address.Value[..address.Value.LastIndexOf('@')], name }.OfType<string>()
        );
        if (!judgement.IsAccepted)
            return new SignUpResult.Refused(judgement);
        var turn = await hashes.HashAsync(password, request.IpAddress, cancellationToken);
        if (turn is HashTurn<PasswordHash>.Busy busy)
            return new SignUpResult.Busy(busy.RetryAfter);

        var hash = ((HashTurn<PasswordHash>.Done)turn).Value;
        return await database.InTransactionAsync(
            async (transaction, cancel) =>
            {
                NewAccount account = new(address, hash, name, Locale: locale);
                if (await users.CreateAsync(transaction, account, request, cancel) is not { } user)
                {
                    await TellOwnerAsync(transaction, address, locale, request, cancel);
                    return new SignUpResult.Accepted(new(Guid.NewGuid(), 1));
                }
                await verifier.QueueAsync(transaction, user, address, locale, request, cancel);
                return new SignUpResult.Accepted(user.Credential);
            },
            cancellationToken
        );
    }

    private async Task TellOwnerAsync(
        DatabaseTransaction transaction,
        EmailAddress address,
        string? locale,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        var owner = await transaction.QuerySingleOrDefaultAsync<(Guid Id, string Email, string? Locale)?>(
            "SELECT id, email, locale FROM public.users WHERE lower(email COLLATE \"C\") = @email AND deleted_at IS "
                + "NULL",
            static row => (row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)),
            cancellationToken,
            ("email", address.Canonical)
        );
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.Registration,
                AuditStatus.Blocked,
                owner?.Id,
                request.IpAddress,
                request.UserAgent,
                null
            ),
            cancellationToken
        );
        if (owner is { } known)
            await outbox.QueueAsync(
                transaction,
                new(MailKind.EmailAlreadyRegistered, EmailAddress.Parse(known.Email), known.Id, known.Locale ?? locale)
                {
                    Link = links.SignIn,
                },
                cancellationToken
            );
    }
}
