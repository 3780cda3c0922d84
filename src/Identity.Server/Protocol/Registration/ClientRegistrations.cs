using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Identity.Core.Audit;
using Identity.Core.Clients;
using Identity.Core.Primitives;
using Identity.Server.Protocol.Tokens.KeySets;
using Microsoft.Extensions.Options;

namespace Identity.Server.Protocol.Registration;

/// <summary>The outcome of creating, changing or reading a registration.</summary>
internal abstract record RegistrationOutcome
{
    /// <summary>The client exists. Secret and token are available only here; null if no new one was created.</summary>
    internal sealed record Stands(
        string ClientId,
        ClientDefinition Definition,
        string? Secret,
        string? RegistrationToken
    ) : RegistrationOutcome
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => $"Stands {ClientId}";
    }

    /// <summary>400 with an error of RFC 7591 section 3.2.2.</summary>
    internal sealed record Invalid(string Error, string Description) : RegistrationOutcome;

    /// <summary>401 <c>invalid_token</c>: a missing, wrong or used token (RFC 6750).</summary>
    internal sealed record Unauthorized : RegistrationOutcome;
}

/// <summary>Registers, reads, changes and removes self-registered clients (RFC 7591 section 3, RFC 7592 section 2). It
/// cannot reach clients of the configuration or of an operator.</summary>
internal sealed class ClientRegistrations(
    IOptions<RegistrationOptions> options,
    ClientStore clients,
    RegistrationTokenStore tokens,
    JwksFetcher documents
)
{
    /// <summary>Creates a client and its token in one transaction. An initial access token is consumed only if the
    /// metadata is valid.</summary>
    public async Task<RegistrationOutcome> RegisterAsync(
        string? initialToken,
        ReadOnlyMemory<byte> metadata,
        RequestContext from,
        CancellationToken cancellationToken
    )
    {
        if (!options.Value.Open && initialToken is null)
            return new RegistrationOutcome.Unauthorized();
        var request = RegistrationRequest.Read(metadata, options.Value.Rules);
        if (request is RegistrationRequest.Valid { Definition: var definition })
        {
            var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
            var secret = AddSecret(definition);
            if (await SectorFaultAsync(definition, cancellationToken) is { } fault)
                return fault;
            if (clients.Check(id, definition) is { Count: > 0 } failures)
                return Faulty(id, failures);
            OpaqueToken? token = null;
            var written = await clients.AddAsync(
                id,
                definition,
                ClientSource.Registration,
                from,
                cancellationToken,
                async (transaction, cancel) =>
                    (initialToken is null && options.Value.Open)
                    || await RegistrationTokenStore.TryUseInitialAsync(transaction, initialToken, cancel),
                async (transaction, cancel) =>
                    token = await RegistrationTokenStore.IssueForClientAsync(transaction, id, cancel)
            );
            return written switch
            {
                ClientWriteResult.Written => new RegistrationOutcome.Stands(id, definition, secret, token!.Value),
                ClientWriteResult.Invalid { Failures: var late } => Faulty(id, late),
                _ => new RegistrationOutcome.Unauthorized(),
            };
        }
        return Refused(request);
    }

    /// <summary>The current client, for the holder of its registration access token.</summary>
    public async Task<RegistrationOutcome> ReadAsync(
        string clientId,
        string? token,
        CancellationToken cancellationToken
    ) =>
        await tokens.ManagesAsync(token, clientId, cancellationToken)
        && await clients.FindAsync(clientId, cancellationToken) is { } definition
            ? new RegistrationOutcome.Stands(clientId, definition, null, null)
            : new RegistrationOutcome.Unauthorized();

    /// <summary> Replaces the metadata (RFC 7592 section 2.2) and the registration access token (section 3.1). The
    /// secret stays unless the client had none and now needs one.
    /// </summary>
    public async Task<RegistrationOutcome> ChangeAsync(
        string clientId,
        string? token,
        ReadOnlyMemory<byte> metadata,
        RequestContext from,
        CancellationToken cancellationToken
    )
    {
        if (
            await ReadAsync(clientId, token, cancellationToken)
            is not RegistrationOutcome.Stands { Definition: var former }
        )
            return new RegistrationOutcome.Unauthorized();
        if (RegistrationChange.Fault(metadata, clientId, former) is { } misuse)
            return misuse;
        var request = RegistrationRequest.Read(metadata, options.Value.Rules);
        if (request is not RegistrationRequest.Valid { Definition: var definition })
            return Refused(request);
        string? secret = null;
        if (UsesSecret(definition) && former.Secrets is { Count: > 0 })
            definition.Secrets = former.Secrets;
        else
            secret = AddSecret(definition);
        if (await SectorFaultAsync(definition, cancellationToken) is { } fault)
            return fault;
        if (clients.Check(clientId, definition) is { Count: > 0 } failures)
            return Faulty(clientId, failures);
        OpaqueToken? fresh = null;
        return await clients.ReplaceAsync(
            clientId,
            definition,
            AuditEventTypes.ClientChanged,
            from,
            cancellationToken,
            async (transaction, cancel) =>
                (fresh = await RegistrationTokenStore.RotateAsync(transaction, token, clientId, cancel)) is not null
        )
            ? new RegistrationOutcome.Stands(clientId, definition, secret, fresh!.Value)
            : new RegistrationOutcome.Unauthorized();
    }

    /// <summary>Removes the client and its token (RFC 7592 section 2.3). False if the token does not belong to the
    /// client.</summary>
    public async Task<bool> RemoveAsync(
        string clientId,
        string? token,
        RequestContext from,
        CancellationToken cancellationToken
    ) =>
        await tokens.ManagesAsync(token, clientId, cancellationToken)
        && await clients.RemoveAsync(clientId, from, cancellationToken);

    private static bool UsesSecret(ClientDefinition definition) =>
        definition.TokenEndpointAuthMethod is ClientAuthMethod.SecretBasic or ClientAuthMethod.SecretPost;

    private static string? AddSecret(ClientDefinition definition)
    {
        if (!UsesSecret(definition))
            return null;
        var (plain, stored) = ClientSecrets.Generate("registration");
        definition.Secrets = [stored];
        return plain;
    }

    // OIDC Core section 8.1: the document behind the sector identifier must list every redirect URI, otherwise anybody
    // could join another client's sector.
    private async Task<RegistrationOutcome.Invalid?> SectorFaultAsync(
        ClientDefinition definition,
        CancellationToken cancellationToken
    )
    {
        if (definition.SectorIdentifierUri is not { } text)
            return null;
        using var document =
            Uri.TryCreate(text, UriKind.Absolute, out var address)
            && await documents.FetchAsync(address, cancellationToken) is { } bytes
                ? UntrustedJson.Read(bytes)
                : null;
        if (
            document is not { RootElement: { ValueKind: JsonValueKind.Array } list }
            || list.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String)
        )
            return new("invalid_client_metadata", "The document at sector_identifier_uri is not a list of URIs.");
        var listed = list.EnumerateArray().Select(static item => item.GetString()).ToHashSet(StringComparer.Ordinal);
        return (definition.RedirectUris ?? []).All(listed.Contains)
            ? null
            : new("invalid_client_metadata", "The document at sector_identifier_uri does not list every redirect URI.");
    }

    /// <summary>The failures of a definition as an error of RFC 7591 section 3.2.2. The faulty value is named, so that
    /// the client's developer can fix it.</summary>
    internal static RegistrationOutcome.Invalid Faulty(string clientId, IReadOnlyList<string> failures)
    {
        var prefix = $"idp.clients:{clientId}:";
        string[] said =
        [
            .. failures.Select(failure =>
                failure.StartsWith(prefix, StringComparison.Ordinal) ? failure[prefix.Length..] : failure
            ),
        ];
        string[] ofAddresses =
        [
            .. said.Where(static failure => failure.StartsWith("RedirectUris:", StringComparison.Ordinal)),
        ];
        return ofAddresses.Length > 0
            ? new("invalid_redirect_uri", Described(ofAddresses))
            : new("invalid_client_metadata", Described(said));
    }

    private static string Described(IEnumerable<string> failures) =>
        string.Join(
            ' ',
            failures.Select(static failure =>
                failure.IndexOf(':', StringComparison.Ordinal) is > 0 and var end
                    ? JsonNamingPolicy.SnakeCaseLower.ConvertName(failure[..end]) + failure[end..]
                    : failure
            )
        );

    private static RegistrationOutcome.Invalid Refused(RegistrationRequest request) =>
        request is RegistrationRequest.Invalid { Error: var error, Description: var description }
            ? new(error, description)
            : throw new InvalidOperationException("A request is valid or invalid.");
}
