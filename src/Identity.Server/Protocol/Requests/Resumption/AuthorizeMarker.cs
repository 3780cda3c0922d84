using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary>Why a person was sent away from the authorize endpoint, or what a page answered: the purpose of a
/// marker.</summary>
internal enum MarkerKind
{
    /// <summary>To sign in anew: prompt=login, select_account, or max_age.</summary>
    Reauthenticate,

    /// <summary>To consent, because the client asked for the question.</summary>
    AskConsent,

    /// <summary>The person chose to go on as who is signed in (prompt=select_account).</summary>
    AccountChosen,

    /// <summary>A page says no in the person's name.</summary>
    Deny,
}

/// <summary>What a marker says.</summary>
/// <param name="Moment">When it was made.</param>
/// <param name="SessionId">The session of the browser at that moment.</param>
/// <param name="LastProof">When the person of that session had last proved themselves, by the database's clock.</param>
/// <param name="Error">For <see cref="MarkerKind.Deny"/>: what to answer the client.</param>
internal sealed record MarkerContent(
    DateTimeOffset Moment,
    Guid? SessionId = null,
    DateTimeOffset? LastProof = null,
    string? Error = null
);

/// <summary>
/// Remembers in the return URL, signed and encrypted, that a request was interrupted, so that it is interrupted once
/// and not for ever. A marker holds for one kind of interruption, one request (all its parameters), and a while.
/// </summary>
internal sealed class AuthorizeMarker(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Purpose = "Identity.Protocol.Authorize";
    private static readonly TimeSpan SignInLifetime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan AnswerLifetime = TimeSpan.FromMinutes(5);

    /// <summary>The name of the parameter that carries a marker of this kind.</summary>
    public static string ParameterOf(MarkerKind kind) =>
        kind switch
        {
            MarkerKind.Reauthenticate => "idp_reauthenticate",
            MarkerKind.AskConsent => "idp_consent",
            MarkerKind.AccountChosen => "idp_account",
            _ => "idp_denial",
        };

    /// <summary>True for a parameter of ours, which is no part of the client's request.</summary>
    public static bool IsMarker(string parameter) => parameter.StartsWith("idp_", StringComparison.Ordinal);

    public string Write(
        MarkerKind kind,
        IEnumerable<KeyValuePair<string, StringValues>> request,
        MarkerContent content
    ) => ProtectorOf(kind, request).Protect(JsonSerializer.Serialize(content));

    /// <summary>The content of a marker that was made for this request and has not outlived its time; null for every
    /// other text.</summary>
    public MarkerContent? Read(MarkerKind kind, IEnumerable<KeyValuePair<string, StringValues>> request, string? marker)
    {
        if (string.IsNullOrEmpty(marker))
            return null;
        try
        {
            var content = JsonSerializer.Deserialize<MarkerContent>(ProtectorOf(kind, request).Unprotect(marker));
            var age = time.GetUtcNow() - content?.Moment;
            return
                age >= TimeSpan.Zero
                && age <= (kind is MarkerKind.Deny or MarkerKind.AccountChosen ? AnswerLifetime : SignInLifetime)
                ? content
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // The request is part of the purpose: a marker of another request does not even decrypt.
    private IDataProtector ProtectorOf(MarkerKind kind, IEnumerable<KeyValuePair<string, StringValues>> request)
    {
        StringBuilder text = new();
        foreach (
            var (name, values) in request
                .Where(parameter => !IsMarker(parameter.Key))
                .OrderBy(parameter => parameter.Key, StringComparer.Ordinal)
        )
        {
            foreach (var value in values)
                text.Append(name.Length).Append(':').Append(name).Append(value?.Length ?? 0).Append(':').Append(value);
        }

        return protection.CreateProtector(
            Purpose,
            kind.ToString(),
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))
        );
    }
}
