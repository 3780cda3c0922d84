using Identity.Core.Audit;
using Identity.Core.Credentials;
using Identity.Core.Data;
using Identity.Core.External;
using Identity.Core.Primitives;
using Identity.Core.Recovery;
using Identity.Core.Users;
using Microsoft.Extensions.Options;

namespace Identity.Core.SignUp;

/// <summary>A person whom another provider has authenticated, and who wants an account.</summary>
/// <param name="Email">Verified by that provider, which the operator trusts to do so.</param>
/// <param name="Locale">The language of the page; it becomes the account's.</param>
public sealed record ExternalSignUp(ExternalSubject Subject, EmailAddress Email, string? Name, string? Locale);

/// <summary>The outcome of a sign-up with another provider.</summary>
public abstract record ExternalSignUpResult
{
    private ExternalSignUpResult() { }

    /// <summary>The account exists, is linked, and its address is verified.</summary>
    public sealed record Created(CredentialProof Credential) : ExternalSignUpResult;

    /// <summary>The address has an account. It is not linked: an equal address proves nothing.</summary>
    public sealed record AlreadyRegistered : ExternalSignUpResult;

    /// <summary>The person at the provider is linked to another account, or cannot be linked.</summary>
    public sealed record AlreadyLinked : ExternalSignUpResult;

    /// <summary>Sign-up is closed, or closed for this domain (<c>Identity:Registration</c>).</summary>
    public sealed record NotAllowed : ExternalSignUpResult;

    /// <summary>Too many registrations from this IP address: answer 429.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : ExternalSignUpResult;
}

/// <summary>Creates an account without a password for somebody who signs in by another provider, and links
/// it.</summary>
public sealed class ExternalAccountCreator(
    Database database,
    MailRequests requests,
    UserStore users,
    ExternalLoginStore logins,
    AuditLog audit,
    IOptions<SignUpOptions> options
)
{
    /// <summary>Creates the account and its link in one transaction. Of any number of parallel calls for one address,
    /// one creates it.</summary>
    public async Task<ExternalSignUpResult> CreateAsync(
        ExternalSignUp signUp,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.IsOpen || !options.Value.Allows(signUp.Email))
            return new ExternalSignUpResult.NotAllowed();
        if (await requests.ReserveAsync(request, cancellationToken) is { } wait)
            return new ExternalSignUpResult.Throttled(wait);
        return await database.InTransactionAsync(
            (transaction, cancel) => CreateAsync(transaction, signUp, request, cancel),
            cancellationToken
        );
    }

    private async Task<ExternalSignUpResult> CreateAsync(
        DatabaseTransaction transaction,
        ExternalSignUp signUp,
        RequestContext request,
        CancellationToken cancellationToken
    )
    {
        await transaction.ExecuteAsync("SAVEPOINT sign_up", cancellationToken);
        NewAccount account = new(signUp.Email, null, signUp.Name, Locale: signUp.Locale, IsVerified: true);
        if (await users.CreateAsync(transaction, account, request, cancellationToken) is not { } user)
            return new ExternalSignUpResult.AlreadyRegistered();
        await audit.AppendAsync(
            transaction,
            new(
                AuditEventTypes.EmailVerified,
                AuditStatus.Success,
                user.Id,
                request.IpAddress,
                request.UserAgent,
                new Dictionary<string, object?> { ["provider"] = signUp.Subject.Provider }
            ),
            cancellationToken
        );
        if (await logins.LinkAsync(transaction, user.Credential, signUp.Subject, request, cancellationToken))
            return new ExternalSignUpResult.Created(user.Credential);
        // Without its link nobody could sign in to the account.
        await transaction.ExecuteAsync("ROLLBACK TO SAVEPOINT sign_up", cancellationToken);
        return new ExternalSignUpResult.AlreadyLinked();
    }
}
