using System.Text.Json;
using Identity.Core.Clients;
using Identity.Core.Grants;
using Identity.Server.Protocol.Tokens.Jose;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Tokens;

/// <summary>What the token endpoint is about to issue: decided by a grant, written by
/// <c>AnswerWithTokens</c>.</summary>
internal sealed record TokenIssuance
{
    public required Client Client { get; init; }

    /// <summary>The person's <c>sub</c>, or the client's id if there is no person (RFC 9068 2.2).</summary>
    public required string Subject { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Never empty (TK-2).</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    /// <summary>The grant of a person; null for a client's own token.</summary>
    public TokenGrant? Grant { get; init; }
    public string? RefreshToken { get; init; }

    /// <summary>The key to which the tokens are bound; null for plain bearer tokens.</summary>
    public ProvenKey? Key { get; init; }

    /// <summary>Who acts for the subject (RFC 8693 4.1); null if nobody does.</summary>
    public JsonElement? Actor { get; init; }

    /// <summary>When the exchanged token ends (RFC 8693); the issued one never lives longer. Null for the client's full
    /// lifetime.</summary>
    public DateTimeOffset? EndsBy { get; init; }

    /// <summary>The answer's <c>issued_token_type</c> (RFC 8693 2.2.1); null outside an exchange, which issues only an
    /// access token.</summary>
    public string? IssuedTokenType { get; init; }

    /// <summary>The granted authorization details (RFC 9396 7); null if none.</summary>
    public JsonElement? AuthorizationDetails { get; init; }

    /// <summary>How long the access token lives from now on.</summary>
    public TimeSpan LifetimeAt(DateTimeOffset now) =>
        EndsBy is { } end && end - now < Client.AccessTokenLifetime ? end - now : Client.AccessTokenLifetime;

    /// <summary>Redacted.</summary>
    public override string ToString() => $"TokenIssuance {Client.Id}";
}

/// <summary>Passes the issuance from the grant that decided it to the step that writes the answer.</summary>
internal static class TokenIssuances
{
    public static void SetIssuance(this OpenIddictServerTransaction transaction, TokenIssuance issuance) =>
        transaction.SetProperty(typeof(TokenIssuance).FullName!, issuance);

    public static TokenIssuance GetIssuance(this OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<TokenIssuance>(typeof(TokenIssuance).FullName!)
        ?? throw new InvalidOperationException("No grant decided what to issue.");
}
