using System.Globalization;
using System.Net;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Places;
using Identity.Core.Primitives;

namespace Identity.Core.Mail;

/// <summary>Notifies the owner of an account, at the account's address (ID-5), in the transaction of the reported
/// change.</summary>
public sealed class SecurityNotices(MailOutbox outbox, MailLinks links, PlaceFinder places, TimeProvider time)
{
    /// <summary>Queues a notice, unless the account is gone. Returns false if nothing is sent.</summary>
    /// <param name="values">Further values of the text, by placeholder.</param>
    public Task<bool> QueueAsync(
        DatabaseTransaction transaction,
        Guid userId,
        MailKind kind,
        RequestContext request,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] values
    ) => QueueAsync(transaction, userId, kind, [], request, cancellationToken, values);

    /// <summary>Queues a notice that also lists unusual signals.</summary>
    /// <param name="signs">The names of the unusual signals.</param>
    public async Task<bool> QueueAsync(
        DatabaseTransaction transaction,
        Guid userId,
        MailKind kind,
        IReadOnlyList<string> signs,
        RequestContext request,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] values
    )
    {
        var owner = await transaction.QuerySingleOrDefaultAsync<(
            string Email,
            string? Name,
            string? Locale,
            string? Zoneinfo
        )?>(
            "SELECT email, coalesce(given_name, name), locale, zoneinfo FROM public.users WHERE id = @id "
                + "AND deleted_at IS NULL",
            static row =>
                (
                    row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetString(1),
                    row.IsDBNull(2) ? null : row.GetString(2),
                    row.IsDBNull(3) ? null : row.GetString(3)
                ),
            cancellationToken,
            ("id", userId)
        );
        if (owner is not { } to || !EmailAddress.TryParse(to.Email, out var address))
            return false;
        var notice = Write(kind, address, userId, to.Name, to.Locale, request, values);
        return await outbox.QueueAsync(
            transaction,
            notice with
            {
                Signs = signs,
                Circumstances = notice.Circumstances! with { Zoneinfo = to.Zoneinfo },
            },
            cancellationToken
        );
    }

    /// <summary>Queues a notice to a former address of the account, or to one that it is about to lose.</summary>
    internal MailMessage Write(
        MailKind kind,
        EmailAddress to,
        Guid? userId,
        string? name,
        string? locale,
        RequestContext request,
        params (string Name, string Value)[] values
    )
    {
        var secure = userId is not null && kind.OffersToSecure() ? OpaqueToken.Create() : null;
        return new(kind, to, userId, locale ?? CultureInfo.CurrentUICulture.Name)
        {
            SecureToken = secure,
            SecureLink = secure is null || kind is MailKind.PasswordChanged ? null : links.SecureAccount(secure),
            Name = name,
            Link = kind switch
            {
                MailKind.AccountDeleted or MailKind.AccountDeactivated or MailKind.SignInCode => null,
                MailKind.AccountUnlocked => links.SignIn,
                // Its button reports that it was somebody else.
                MailKind.PasswordChanged when secure is not null => links.SecureAccount(secure),
                MailKind.PasswordChanged or MailKind.AccountLocked => links.ForgotPassword,
                MailKind.SignInRefused or MailKind.AccountSecured => links.ForgotPassword,
                _ => links.Account,
            },
            Circumstances = new(time.GetUtcNow(), DeviceName.Of(request.UserAgent).ToString(), Shown(request.IpAddress))
            {
                Place = places.Find(request.IpAddress),
            },
            Values = values.ToDictionary(
                static value => value.Name,
                static value => value.Value,
                StringComparer.Ordinal
            ),
        };
    }

    private static string? Shown(IPAddress? address) =>
        address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4().ToString() : address?.ToString();
}
