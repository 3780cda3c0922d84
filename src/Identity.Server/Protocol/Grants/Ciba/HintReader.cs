using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Core.Profile;
using Identity.Core.Users;
using Identity.Server.Protocol.Tokens.IdTokens;

namespace Identity.Server.Protocol.Grants.Ciba;

/// <summary>The person that a client means (CIBA Core section 7.1).</summary>
internal abstract record Hinted
{
    /// <param name="UserId">Null for an unknown person; the client is not told (EN-1).</param>
    /// <param name="Hint">The hint in a canonical form, by which repeated requests for the same person are
    /// counted.</param>
    internal sealed record Person(Guid? UserId, string Hint) : Hinted;

    /// <summary><c>invalid_request</c>.</summary>
    internal sealed record Invalid(string Reason) : Hinted;
}

/// <summary>The three hint parameters, of which a request has exactly one (CIBA Core section 7.1).</summary>
internal sealed record PersonHints(string? LoginHint, string? IdTokenHint, string? LoginHintToken);

/// <summary> Reads the hint: exactly one of <c>login_hint</c> (the person's e-mail address) and <c>id_token_hint</c>
/// (an ID token that this client got, expired or not). A <c>login_hint_token</c> has no standard format, and none is
/// defined here.
/// </summary>
internal sealed class HintReader(UserStore users, SubjectIdentifiers subjects, IdTokenHints idTokens)
{
    private const int MaxHintLength = 320;
    private static readonly EmailAddress Nobody = EmailAddress.Parse("nobody@example.org");

    public async Task<Hinted> ReadAsync(Client client, PersonHints hints, CancellationToken cancellationToken)
    {
        string?[] given = [hints.LoginHint, hints.IdTokenHint, hints.LoginHintToken];
        if (given.Count(static hint => !string.IsNullOrEmpty(hint)) != 1)
            return new Hinted.Invalid("Give exactly one of login_hint, id_token_hint and login_hint_token.");
        if (hints.LoginHint is { Length: > 0 } login)
            return await OfAddressAsync(login, cancellationToken);
        return hints.IdTokenHint is { Length: > 0 } token
            ? await OfIdTokenAsync(client, token, cancellationToken)
            : new Hinted.Invalid("login_hint_token is not supported; send login_hint or id_token_hint.");
    }

    private async Task<Hinted> OfAddressAsync(string hint, CancellationToken cancellationToken)
    {
        if (hint.Length > MaxHintLength)
            return new Hinted.Invalid("login_hint is too long.");
        // An invalid address belongs to nobody and costs the same look-up.
        _ = EmailAddress.TryParse(hint.Trim(), out var email);
        var user = await users.FindByEmailAsync(email ?? Nobody, cancellationToken);
        return new Hinted.Person(
            email is not null && user is { MayAct: true, EmailVerified: true } ? user.Id : null,
            email?.Canonical ?? hint
        );
    }

    private async Task<Hinted> OfIdTokenAsync(Client client, string token, CancellationToken cancellationToken)
    {
        if (await idTokens.ReadAsync(token) is not { Subject: var subject } hint || hint.ClientId != client.Id)
            return new Hinted.Invalid("id_token_hint is not an ID token of this provider for this client.");
        var user = subjects.Find(client, subject) is { } id ? await users.FindAsync(id, cancellationToken) : null;
        return new Hinted.Person(user is { MayAct: true } ? user.Id : null, subject);
    }
}
