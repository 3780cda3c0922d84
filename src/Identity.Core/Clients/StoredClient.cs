using System.Text.Json;

namespace Identity.Core.Clients;

/// <summary>A client as it is stored in the database.</summary>
/// <param name="Json">The definition as stored.</param>
/// <param name="Version">The row's version when it was read: PostgreSQL's id of the transaction that wrote it. Every
/// change gives it a new one.</param>
public sealed record StoredClient(
    string Id,
    string Json,
    ClientSource Source,
    string Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    /// <summary>The definition; null if the text is invalid, for example because it has a member that this release does
    /// not know.</summary>
    public ClientDefinition? Read(List<string> failures)
    {
        try
        {
            return ClientDefinition.FromJson(Json);
        }
        catch (JsonException exception)
        {
            failures.Add($"{ClientRows.Section}:{Id}: {exception.Message}");
            return null;
        }
    }
}

/// <summary>A stored client that cannot be used because something it names is gone or its definition is wrong. Its
/// requests are refused like those of an unknown client.</summary>
/// <param name="Faults">The faults, each by its key.</param>
public sealed record FaultyClient(string Id, ClientSource Source, IReadOnlyList<string> Faults)
{
    /// <summary>The faults as one text.</summary>
    public string Reason => string.Join(' ', Faults);
}

/// <summary>One fault of a definition.</summary>
/// <param name="Field">The setting, named as in JSON: <c>redirect_uris</c>.</param>
/// <param name="Text">The fault.</param>
public sealed record ClientFault(string Field, string Text)
{
    /// <summary>Reads the faults that <see cref="ClientReader"/> reports.</summary>
    internal static IReadOnlyList<ClientFault> Of(string clientId, IEnumerable<string> failures)
    {
        var prefix = $"{ClientRows.Section}:{clientId}:";
        return
        [
            .. failures.Select(failure =>
                Parse(failure.StartsWith(prefix, StringComparison.Ordinal) ? failure[prefix.Length..] : failure)
            ),
        ];
    }

    private static ClientFault Parse(string failure)
    {
        if (failure.StartsWith(' ') || failure.IndexOf(": ", StringComparison.Ordinal) is not (> 0 and var end))
            return new("client_id", failure.Trim());
        return new(
            string.Join('.', failure[..end].Split(':').Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)),
            failure[(end + 2)..]
        );
    }
}
