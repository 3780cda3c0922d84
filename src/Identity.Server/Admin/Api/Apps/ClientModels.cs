using Identity.Core.Clients;

namespace Identity.Server.Admin.Api.Apps;

/// <summary>An app in a list.</summary>
/// <param name="Source">By which way it came; <c>configuration</c> cannot be changed here.</param>
/// <param name="Faults">Why it does not work; empty where it does.</param>
internal sealed record ClientSummary(
    string ClientId,
    string Name,
    ClientProfile? Profile,
    string Source,
    IReadOnlyList<string> Faults
)
{
    public static ClientSummary Of(ClientListing listing) =>
        new(listing.Id, listing.Name, listing.Profile, SourceOf(listing.StoredBy), listing.Faults);

    public static string SourceOf(ClientSource? source) =>
        source switch
        {
            null => "configuration",
            ClientSource.CommandLine => "command_line",
            ClientSource.Administration => "administration",
            _ => "registration",
        };
}

/// <summary>An app.</summary>
/// <param name="Definition">What is written down; absent for an app of the configuration.</param>
internal sealed record ClientView(
    string ClientId,
    string? Name,
    string Source,
    ClientDefinition? Definition,
    IReadOnlyList<ClientSecretView> Secrets,
    IReadOnlyList<string> Faults,
    DateTimeOffset? ChangedAt
)
{
    public static ClientView Of(ClientDetail client) =>
        new(
            client.Id,
            client.Effective?.Name ?? client.Definition?.Name,
            ClientSummary.SourceOf(client.StoredBy),
            client.Definition,
            [
                .. client.Secrets.Select(static secret => new ClientSecretView(
                    secret.Id,
                    secret.Description,
                    secret.ExpiresAt
                )),
            ],
            [.. client.Faults.Select(static fault => $"{fault.Field}: {fault.Text}")],
            client.ChangedAt
        );
}

/// <summary>What is known of a secret: never itself.</summary>
internal sealed record ClientSecretView(string Id, string? Description, DateTimeOffset? ExpiresAt);

/// <summary>An app that was made or changed.</summary>
/// <param name="ClientSecret">Its new secret, shown this once; absent where none was made.</param>
internal sealed record WrittenClientView(string ClientId, string? ClientSecret)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"WrittenClientView {ClientId}";
}

/// <summary>A redirect URI.</summary>
internal sealed class RedirectUriBody
{
    public required string RedirectUri { get; init; }
}

/// <summary>How a secret is rotated.</summary>
internal sealed class RotationBody
{
    /// <summary>For how many hours the former secrets go on working.</summary>
    public required int OverlapHours { get; init; }
    public string? Description { get; init; }
}

/// <summary>A secret that was made, shown this once.</summary>
internal sealed record RotatedSecretView(string Id, string ClientSecret, DateTimeOffset FormerUntil)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"RotatedSecretView {Id}";
}

/// <summary>What to paste into a program.</summary>
/// <param name="MissingRedirectUri">The address that the app has yet to register for it.</param>
internal sealed record SnippetView(string Stack, string Title, string? MissingRedirectUri, string Text);
