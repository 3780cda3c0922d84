using Identity.Core.Import.Users;
using Identity.Core.Users;
using Identity.Testing;

namespace Identity.IntegrationTests.Import;

/// <summary>The samples of docs/migration, each in the export format of its own system: they are imported, and their
/// people sign in with the password they had.</summary>
public sealed class MovingInTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private const string Password = "Correct horse 7!";

    [Theory]
    [InlineData("keycloak.json", UserFileFormat.Json, "ada@keycloak.example", "Ada Lovelace", null)]
    [InlineData(
        "firebase.json",
        UserFileFormat.Json,
        "ada@firebase.example",
        "Ada Lovelace",
        "n=14,r=8,ss=Bw==,sk=YSBzaWduZXIga2V5IG9mIGEgdGVzdCBwcm9qZWN0LCBzaXh0eS1mb3VyIGJ5dGVzIGxvbmcsIG1hZGUgdXAhIQ=="
    )]
    [InlineData("django.csv", UserFileFormat.Csv, "ada@django.example", null, null)]
    [InlineData("aspnet-identity.csv", UserFileFormat.Csv, "ada@aspnet.example", null, null)]
    [InlineData("ldap.ldif", UserFileFormat.Ldif, "ada@ldap.example", "Ada Lovelace", null)]
    [InlineData("people.csv", UserFileFormat.Csv, "ada@csv.example", "Lovelace, Ada", null)]
    public async Task People_of_another_system_sign_in_with_the_password_they_had(
        string file,
        UserFileFormat format,
        string email,
        string? name,
        string? firebase
    )
    {
        await using var rooms = new Rooms(fixture.Database);
        List<RefusedRow> refused = [];
        await using var sample = File.OpenRead(Repository.PathOf($"docs/migration/samples/{file}"));

        var result = await UserImportTests.ImportAsync(
            rooms,
            sample,
            format,
            new(file, firebase),
            refused: refused.Add
        );
        var signedIn = await rooms.TryPasswordAsync(email, Password);

        Assert.Empty(refused);
        Assert.Equal((2L, 2L), (result.Total.Read, result.Total.Added));
        var user = Assert.IsType<PasswordAuthenticationResult.Success>(signedIn).User;
        Assert.True(user.EmailVerified || format == UserFileFormat.Ldif || file == "django.csv");
        Assert.Equal(name, user.Name);
        Assert.Equal("Lovelace", user.FamilyName ?? "Lovelace");
        Assert.Equal(
            1,
            await fixture.Database.ScalarAsync<long>(
                "SELECT count(*) FROM users WHERE is_disabled AND email = @email",
                ("email", email.Replace("ada@", "off@", StringComparison.Ordinal))
            )
        );
    }
}
