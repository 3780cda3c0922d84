using System.Text.RegularExpressions;
using Identity.Core.Administration;
using Identity.Testing;

namespace Identity.UnitTests.Administration;

/// <summary>docs/administration.md lists the permissions and roles that the program has.</summary>
public sealed partial class AdministrationDocumentTests
{
    [Fact]
    public async Task The_table_of_permissions_is_the_list_of_the_program()
    {
        var text = await File.ReadAllTextAsync(Repository.PathOf("docs/administration.md"));

        var rows = Row().Matches(text).Select(static row => row.Value.TrimEnd());

        Assert.Equal(AdminPermission.All.Select(RowOf), rows);
    }

    private static string RowOf(AdminPermission permission)
    {
        var roles = new[] { AdminRole.Admin, AdminRole.Support, AdminRole.Auditor }.Select(role =>
            AdminRole.PermissionsOf(role, []).Contains(permission) ? " yes |" : " |"
        );
        return $"| `{permission.Name}` | {permission.Description} |{string.Concat(roles)}";
    }

    [GeneratedRegex(@"^\| `[a-z]+\.[a-z]+` \|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
