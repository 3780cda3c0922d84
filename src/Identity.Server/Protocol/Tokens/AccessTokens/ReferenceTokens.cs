using Identity.Core.Grants;
using Identity.Core.Primitives;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Protocol.Tokens.AccessTokens;

/// <summary> Opaque access tokens, for clients that registered them: 256 random bits under which the signed token is
/// stored, encrypted with the master key. Wherever an access token is accepted (userinfo, introspection, revocation,
/// exchange), the stored one replaces it, so every rule applies to both forms; it also ends with its grant. Its row
/// lives as long as the token and is deleted by the job <c>grants</c>.
/// </summary>
internal sealed class ReferenceTokens(IPersistedGrantStore grants)
{
    /// <summary>The prefix that distinguishes it from a refresh token without a query.</summary>
    public const string Prefix = "ref_";

    /// <summary>Stores a token that is about to be issued and returns the reference to issue instead. One SQL
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

    /// <summary>The signed token behind a reference; null if it is unknown, expired or revoked. One SQL command, and
    /// none if the text is not a reference.</summary>
    public async Task<string?> FindAsync(string? text, CancellationToken cancellationToken) =>
        text?.StartsWith(Prefix, StringComparison.Ordinal) == true
        && OpaqueToken.TryParse(text[Prefix.Length..], out var reference)
        && await grants.FindAsync(GrantKind.ReferenceToken, reference.Digest.Value, cancellationToken)
            is { Payload: { } signed }
            ? System.Text.Encoding.ASCII.GetString(signed)
            : null;
}

/// <summary>Replaces a reference with the signed token, after the client has authenticated and before anything is
/// verified.</summary>
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

    /// <summary>The signed form of the token that a request presented: the token behind a reference, or the token
    /// itself.</summary>
    public static string SignedForm(OpenIddictServerTransaction transaction, string presented) =>
        transaction.GetProperty<string>(Property) ?? presented;
}
