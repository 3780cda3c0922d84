using Identity.Core.Clients;

namespace Identity.Server.Admin.Console.Apps;

/// <summary>The fields of a scope; nothing else of it can be set.</summary>
public sealed class ScopeForm
{
    public string? Name { get; set; }
    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public string? Resources { get; set; }
    public string? Claims { get; set; }

    internal static ScopeForm Of(ApiScope scope) =>
        new()
        {
            Name = scope.Name,
            DisplayName = scope.DisplayName,
            Description = scope.Description,
            Resources = string.Join('\n', scope.Resources),
            Claims = string.Join('\n', scope.Claims),
        };

    internal ScopeDefinition ToDefinition() =>
        new()
        {
            DisplayName = Given(DisplayName),
            Description = Given(Description),
            Resources = Lines(Resources),
            Claims = Lines(Claims),
        };

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string[]? Lines(string? text) =>
        text?.Split(['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            is { Length: > 0 } lines
            ? lines
            : null;
}
