using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Core.Sessions;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Primitives;

namespace Identity.Server.Protocol.Requests.Resumption;

/// <summary>The purpose of a marker: why the authorize endpoint sent a person to a page, or what the page
/// answered.</summary>
internal enum MarkerKind
{
    /// <summary>To sign in again: prompt=login, select_account, or max_age.</summary>
    Reauthenticate,

    /// <summary>To consent, because the client requires the question; after it, whose session answered.</summary>
    AskConsent,

    /// <summary>The person chose the signed-in account (prompt=select_account).</summary>
    AccountChosen,

    /// <summary>The person declined on a page.</summary>
    Deny,
}

/// <summary>The content of a marker.</summary>
/// <param name="Moment">When it was created.</param>
/// <param name="SessionId">The session of the browser at that moment.</param>
/// <param name="LastProof">When the person of that session had last authenticated, by the database's clock.</param>
/// <param name="Error">For <see cref="MarkerKind.Deny"/>: the error for the client.</param>
/// <param name="ReadAt">When that session was read, by the database's clock: the same moment for another
/// session.</param>
internal sealed record MarkerContent(
    DateTimeOffset Moment,
    Guid? SessionId = null,
    DateTimeOffset? LastProof = null,
    string? Error = null,
    DateTimeOffset? ReadAt = null
)
{
    /// <summary>Whether the person of this session authenticated after the marker was made. Only the database's clock
    /// decides whether a proof is new. If nobody was signed in when the question was asked, the host's clock has to be
    /// used, which may differ slightly.</summary>
    public bool IsBefore(ActiveSession session) =>
        session.LastProof > (session.Id == SessionId ? LastProof ?? Fallback : ReadAt ?? LastProof ?? Fallback);

    private DateTimeOffset Fallback => Moment - TimeSpan.FromMinutes(1);
}

/// <summary> Records in the return URL, signed and encrypted, that a request was interrupted, so that it is interrupted
/// only once. A marker is valid for one kind of interruption, one request (all its parameters), and a limited time.
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

    /// <summary>True for a marker parameter, which is not part of the client's request.</summary>
    public static bool IsMarker(string parameter) => parameter.StartsWith("idp_", StringComparison.Ordinal);

    public string Write(
        MarkerKind kind,
        IEnumerable<KeyValuePair<string, StringValues>> request,
        MarkerContent content
    ) => ProtectorOf(kind, request).Protect(JsonSerializer.Serialize(content));

    /// <summary>The content of a marker that was created for this request and has not expired; null for any other
    /// text.</summary>
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

    // The request is part of the purpose: a marker of another request does not decrypt.
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
