using Identity.Core.Credentials;
using Identity.Core.Data;
using Microsoft.Extensions.Options;

namespace Identity.Core.Passkeys;

/// <summary>Decides when a person is offered a passkey: if they have none, and not again before
/// <see cref="PasskeyOptions.OfferAgainAfter"/>.</summary>
public sealed class PasskeyOffers(Database database, IOptions<PasskeyOptions> options)
{
    /// <summary>Whether offers are on.</summary>
    public bool IsOn => options.Value.Offer;

    /// <summary>Claims the offer: of any number of sign-ins at once, one gets it. The claim itself is what is
    /// remembered, so that "not now", a closed tab and a browser without passkeys all count as an answer.</summary>
    public Task<bool> ClaimAsync(Guid userId, CancellationToken cancellationToken) =>
        database.QuerySingleOrDefaultAsync(
            $"""
            INSERT INTO idp.passkey_offers AS o (user_id)
            SELECT u.id FROM public.users u WHERE u.id = @id AND {AccountState.MayAct}
                AND NOT EXISTS (SELECT FROM idp.passkeys p WHERE p.user_id = u.id)
            ON CONFLICT (user_id) DO UPDATE SET offered_at = now() WHERE o.offered_at <= now() - @pause
            RETURNING true
            """,
            static row => row.GetBoolean(0),
            cancellationToken,
            ("id", userId),
            ("pause", options.Value.OfferAgainAfter)
        );
}
