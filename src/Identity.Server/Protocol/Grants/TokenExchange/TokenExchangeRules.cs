using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Core.Clients;

namespace Identity.Server.Protocol.Grants.TokenExchange;

// TokenExchange owns RFC 8693: which client may exchange which token for which audience. It accepts only this
// provider's access tokens, already verified, and issues none itself.

/// <summary>The parts of a verified access token that an exchange needs.</summary>
/// <param name="Act">Its <c>act</c> claim, if it was itself issued by delegation.</param>
/// <param name="IsBound">Whether it is bound to a key (<c>cnf</c>): a copy of it is useless, and the new token must not
/// be easier to use.</param>
/// <param name="Audiences">The audiences that the scopes of a personal access token open; null for a token of a client,
/// whose policy names them.</param>
/// <param name="MayAct">Its <c>may_act</c> claim (section 4.4), which narrows who may act for the person.</param>
internal sealed record ExchangedToken(
    string Subject,
    string ClientId,
    IReadOnlyList<string> Scopes,
    JsonElement? Act,
    JsonElement? MayAct,
    bool IsBound = false,
    IReadOnlyList<string>? Audiences = null
)
{
    /// <summary>Whether it is a personal access token, which belongs to no client.</summary>
    public bool IsPersonal => Audiences is not null;
}

/// <summary>The request.</summary>
/// <param name="ProvesKey">Whether the request proves a key to which the new token will be bound.</param>
/// <param name="Actor">The actor's token, for delegation to another party than the client itself.</param>
internal sealed record ExchangeRequest(
    ExchangedToken Subject,
    ExchangedToken? Actor,
    string? RequestedTokenType,
    IReadOnlyList<string> Audiences,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string>? Scopes,
    bool Impersonate,
    bool ProvesKey = false
);

/// <summary>The decision.</summary>
internal abstract record ExchangeResult
{
    /// <summary>A new access token: never a refresh token, never longer than the subject token lives.</summary>
    /// <param name="Act">The <c>act</c> claim of the new token; by impersonation that of the subject token.</param>
    internal sealed record Granted(
        string Subject,
        IReadOnlyList<string> Audiences,
        IReadOnlyList<string> Scopes,
        JsonElement? Act
    ) : ExchangeResult;

    /// <summary>An error of RFC 8693 section 2.2.2 with its private reason.</summary>
    internal sealed record Refused(string Error, string Reason) : ExchangeResult;
}

/// <summary>Applies the policy of one client.</summary>
internal static class TokenExchangeRules
{
    public const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    public const string JwtType = "urn:ietf:params:oauth:token-type:jwt";

    // Each exchange adds a link; a longer chain than this is a loop or a mistake.
    private const int MaxChainLength = 4;

    /// <summary>Decides.</summary>
    public static ExchangeResult Judge(Client client, ExchangeRequest request)
    {
        if (client.Protocols.TokenExchange is not { } policy)
            return new ExchangeResult.Refused("unauthorized_client", "The client has no policy for token exchange.");
        if (request.RequestedTokenType is not (null or AccessTokenType or JwtType))
            return new ExchangeResult.Refused("invalid_request", "Only access tokens are issued by exchange.");
        if (request.Subject.IsPersonal && !policy.PersonalTokens)
            return new ExchangeResult.Refused("invalid_request", "The policy allows no personal access tokens.");
        if (!request.Subject.IsPersonal && !policy.SubjectClients.Contains(request.Subject.ClientId))
            return new ExchangeResult.Refused(
                "invalid_request",
                "The policy does not name the client of the subject token."
            );
        // Possession of a token does not prove identity: the actor's token must belong to the client itself or to a
        // client that the policy names.
        if (
            request.Actor is { } acting
            && acting.ClientId != client.Id
            && !policy.SubjectClients.Contains(acting.ClientId)
        )
            return new ExchangeResult.Refused(
                "invalid_request",
                "The policy does not name the client of the actor token."
            );
        if (!request.ProvesKey && (request.Subject.IsBound || request.Actor?.IsBound == true))
            return new ExchangeResult.Refused(
                "invalid_request",
                "The token is bound to a key. Prove a key of your own, by DPoP or mutual TLS, "
                    + "for the new token to be bound to."
            );
        if (request.Impersonate && !policy.AllowImpersonation)
            return new ExchangeResult.Refused("invalid_request", "The policy allows delegation only.");
        if (request.Impersonate && request.Actor is not null)
            return new ExchangeResult.Refused("invalid_request", "An actor token has no place in an impersonation.");

        string[] targets = [.. request.Audiences.Concat(request.Resources).Distinct(StringComparer.Ordinal)];
        if (targets.Length == 0)
            return new ExchangeResult.Refused(
                "invalid_target",
                "Neither audience nor resource says for whom the token is."
            );
        if (!targets.All(policy.Audiences.Contains))
            return new ExchangeResult.Refused("invalid_target", "The policy does not name one of the audiences.");
        if (request.Subject.Audiences is { } opened && !targets.All(opened.Contains))
            return new ExchangeResult.Refused("invalid_target", "The scopes of the token do not open an audience.");

        var possible = request.Subject.Scopes.Where(policy.Scopes.Contains).ToArray();
        if (request.Scopes?.All(possible.Contains) == false)
            return new ExchangeResult.Refused(
                "invalid_scope",
                "More scope is asked for than the subject token has and the policy passes on."
            );
        var scopes = request.Scopes ?? possible;

        var actor = request.Actor?.Subject ?? client.Id;
        if (
            request.Subject.MayAct is { } mayAct
            && !(
                mayAct.ValueKind == JsonValueKind.Object
                && mayAct.TryGetProperty("sub", out var named)
                && named.ValueKind == JsonValueKind.String
                && named.GetString() == actor
            )
        )
            return new ExchangeResult.Refused("invalid_request", "may_act of the subject token names somebody else.");
        if (request.Impersonate)
            // Earlier actors remain: impersonation adds and removes none (section 4.1).
            return new ExchangeResult.Granted(request.Subject.Subject, targets, scopes, request.Subject.Act);
        if (Depth(request.Subject.Act) >= MaxChainLength)
            return new ExchangeResult.Refused("invalid_request", "The chain of actors is too long.");
        return new ExchangeResult.Granted(request.Subject.Subject, targets, scopes, Chain(actor, request.Subject.Act));
    }

    // The current actor is the outermost, earlier ones are nested (section 4.1).
    private static JsonElement Chain(string actor, JsonElement? former)
    {
        var act = new JsonObject { ["sub"] = actor };
        if (former is { ValueKind: JsonValueKind.Object } earlier)
            act["act"] = JsonNode.Parse(earlier.GetRawText());
        return JsonElement.Parse(act.ToJsonString());
    }

    private static int Depth(JsonElement? act)
    {
        var depth = 0;
        for (var current = act; current is { ValueKind: JsonValueKind.Object } link; depth++)
            current = link.TryGetProperty("act", out var inner) ? inner : null;
        return depth;
    }
}
