using System.Text.Json;
using Identity.Core.Primitives;
using Identity.Core.Profile;

namespace Identity.Server.Admin.Console.Attributes;

/// <summary>What is filled in for a claim mapping; nothing else of it can be set.</summary>
public sealed class MappingForm
{
    private const int MaxDepth = 8;

    public string? Claim { get; set; }
    public string? Scope { get; set; }
    public string? ClientId { get; set; }

    /// <summary>The source and, after a colon, its name: <c>attribute:department</c>.</summary>
    public string? Source { get; set; }

    /// <summary>The JSON value of a constant.</summary>
    public string? Constant { get; set; }

    public bool IdToken { get; set; }
    public bool AccessToken { get; set; }
    public bool UserInfo { get; set; }

    internal static MappingForm Of(ClaimMapping mapping) =>
        new()
        {
            Claim = mapping.Claim,
            Scope = mapping.Scope,
            ClientId = mapping.ClientId,
            Source = SourceOf(mapping.Source, mapping.SourceName),
            Constant = mapping.Constant?.GetRawText(),
            IdToken = mapping.InIdToken,
            AccessToken = mapping.InAccessToken,
            UserInfo = mapping.InUserInfo,
        };

    /// <summary>A source and its name as one value of a form.</summary>
    internal static string SourceOf(string source, string? name) => name is null ? source : $"{source}:{name}";

    /// <summary>A constant that is not JSON is no constant, which the mapping refuses.</summary>
    internal ClaimMapping ToMapping()
    {
        var parts = (Source ?? "").Split(':', 2);
        return new(
            Claim?.Trim() ?? "",
            Given(Scope),
            Given(ClientId),
            parts[0],
            parts.Length == 2 ? parts[1] : null,
            parts[0] == ClaimSource.Constant ? ReadConstant() : null,
            IdToken,
            AccessToken,
            UserInfo
        );
    }

    private JsonElement? ReadConstant()
    {
        using var document = UntrustedJson.Read(Constant?.Trim(), MaxDepth);
        return document?.RootElement.Clone();
    }

    private static string? Given(string? typed) => typed?.Trim() is { Length: > 0 } some ? some : null;
}
