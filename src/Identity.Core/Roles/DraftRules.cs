using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Core.Primitives;

namespace Identity.Core.Roles;

/// <summary>The rules for roles and groups. Each method returns null if the draft is valid.</summary>
internal static partial class DraftRules
{
    private const int MaxGroupName = 100;
    private const int MaxDescription = 500;
    private const int MaxClientId = 200;

    public static AdminOutcome? Judge(RoleDraft draft) =>
        !RoleName().IsMatch(draft.Name)
            ? Invalid("name", "Use 1 to 100 letters, digits and . _ : - and begin with a letter or digit.")
        : draft.Name.StartsWith(AdminRole.ReservedPrefix, StringComparison.OrdinalIgnoreCase)
            ? Invalid("name", $"Names that begin with {AdminRole.ReservedPrefix} are reserved.")
        : draft.ClientId is { } client && (client.Length is 0 or > MaxClientId || !UntrustedText.IsLine(client))
            ? Invalid("client_id", $"Use 1 to {MaxClientId} characters.")
        : draft is { ClientId: not null, Permissions: not null }
            ? Invalid("client_id", "An administrative role belongs to no app.")
        : draft.Permissions?.FirstOrDefault(static name => AdminPermission.Find(name) is null) is { } unknown
            ? Invalid("permissions", $"There is no permission {unknown}.")
        : Description(draft.Description);

    public static AdminOutcome? Judge(GroupDraft draft) =>
        draft.Name.Length is 0 or > MaxGroupName || !UntrustedText.IsLine(draft.Name) || draft.Name != draft.Name.Trim()
            ? Invalid("name", $"Use 1 to {MaxGroupName} characters.")
            : Description(draft.Description);

    public static AdminOutcome Taken { get; } = Invalid("name", "This name is taken.");

    private static AdminOutcome.Invalid? Description(string? text) =>
        text is not null && (text.Length > MaxDescription || !UntrustedText.IsText(text))
            ? Invalid("description", $"Use at most {MaxDescription} characters.")
            : null;

    private static AdminOutcome.Invalid Invalid(string field, string text) => new(field, text);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\z")]
    private static partial Regex RoleName();
}
