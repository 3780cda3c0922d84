using Identity.Core.Grants;
using Identity.Core.Primitives;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary>
/// Access tokens that say nothing of themselves, for clients that registered so: 256 random bits under which the signed
/// token is kept, encrypted with the master key. Wherever an access token is taken (userinfo, introspection,
/// revocation, exchange) the kept one stands in for it, so every rule holds for both forms alike; and what ends its
/// grant ends it. Its row lives as long as the token, and goes with the job <c>grants</c>.
/// </summary>
internal sealed class ReferenceTokens(IPersistedGrantStore grants)
{
    /// <summary>By which it is told from a refresh token, without asking the database.</summary>
    public const string Prefix = "ref_";

    /// <summary>Keeps a token that is to be handed out; returns what is handed out in its place. One SQL
    /// command.</summary>
    public async Task<string> KeepAsync(
        TokenIssuance issuance,
        string signed,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    )
    {
        var reference = OpaqueToken.Create();
        PersistedGrant row = new()
        {
            Id = Guid.CreateVersion7(),
            Kind = GrantKind.ReferenceToken,
            KeyHash = reference.Digest.Value,
            ClientId = issuance.Client.Id,
            UserId = issuance.Grant?.Subject.Id,
            FamilyId = issuance.Grant?.FamilyId,
            Scopes = issuance.Scopes,
            Payload = System.Text.Encoding.ASCII.GetBytes(signed),
        };
        await grants.StoreAsync(row, lifetime, cancellationToken);
        return Prefix + reference.Value;
    }

    /// <summary>The signed token behind a reference; null when it is unknown, over or revoked. One SQL command, and
    /// none for what is no reference in form.</summary>
    public async Task<string?> FindAsync(string? text, CancellationToken cancellationToken) =>
        text?.StartsWith(Prefix, StringComparison.Ordinal) == true
        && OpaqueToken.TryParse(text[Prefix.Length..], out var reference)
        && await grants.FindAsync(GrantKind.ReferenceToken, reference.Digest.Value, cancellationToken)
            is { Payload: { } signed }
            ? System.Text.Encoding.ASCII.GetString(signed)
            : null;
}

/// <summary>Puts the signed token in the place of its reference, after the client has authenticated and before anything
/// is verified.</summary>
internal sealed class ResolveReference(ReferenceTokens references) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Count > 0 && !context.ValidTokenTypes.Contains(TokenTypeIdentifiers.AccessToken))
            return;
        var cancellation = context.Transaction.GetHttpRequest()!.HttpContext.RequestAborted;
        if (await references.FindAsync(context.Token, cancellation) is not { } signed)
            return;
        context.Token = signed;
        context.Transaction.SetProperty(Property, signed);
    }

    private const string Property = "identity:signed_token";

    /// <summary>The signed form of the token that a request presented: what a reference stands for, or the token
    /// itself.</summary>
    public static string SignedForm(OpenIddictServerTransaction transaction, string presented) =>
        transaction.GetProperty<string>(Property) ?? presented;
}
