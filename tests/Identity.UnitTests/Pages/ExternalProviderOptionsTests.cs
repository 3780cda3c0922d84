using System.Security.Cryptography;
using Identity.Server.Pages.External.Providers;

namespace Identity.UnitTests.Pages;

public sealed class ExternalProviderOptionsTests
{
    private static readonly string KeyFile = WriteKey(ECCurve.NamedCurves.nistP256);

    [Theory]
    [InlineData(nameof(ExternalProviderType.Discord))]
    [InlineData(nameof(ExternalProviderType.Facebook))]
    [InlineData(nameof(ExternalProviderType.GitHub))]
    [InlineData(nameof(ExternalProviderType.GitLab))]
    [InlineData(nameof(ExternalProviderType.Google))]
    [InlineData(nameof(ExternalProviderType.LinkedIn))]
    [InlineData(nameof(ExternalProviderType.Microsoft))]
    public void A_known_provider_needs_an_id_and_a_secret_alone(string name)
    {
        var type = Enum.Parse<ExternalProviderType>(name);
        ExternalProviderOptions complete = new()
        {
            ClientId = "x",
            ClientSecret = "y",
            Type = type,
        };
        ExternalProviderOptions bare = new() { Type = type };

        Assert.Empty(Failures(complete));
        Assert.Equal(
            [
                "Identity:ExternalProviders:x:ClientId: is missing.",
                "Identity:ExternalProviders:x:ClientSecret: is missing.",
            ],
            Failures(bare)
        );
        Assert.NotEmpty(complete.ShownName);
    }

    [Fact]
    public void A_domain_has_a_dot_and_no_at_sign()
    {
        ExternalProviderOptions options = new()
        {
            ClientId = "x",
            ClientSecret = "y",
            Type = ExternalProviderType.Google,
            Domains = { "example.com", "bücher.example", "localhost", "ada@example.com" },
        };

        Assert.Equal(
            [
                "Identity:ExternalProviders:x:Domains: 'localhost' is not a domain such as example.com.",
                "Identity:ExternalProviders:x:Domains: 'ada@example.com' is not a domain such as example.com.",
            ],
            Failures(options)
        );
    }

    [Fact]
    public void Any_other_provider_needs_an_issuer_and_a_name()
    {
        ExternalProviderOptions wrong = new() { ClientId = "x", Authority = "http://id.example" };
        ExternalProviderOptions right = new()
        {
            ClientId = "x",
            Authority = "https://id.example",
            DisplayName = "Ours",
        };

        Assert.Equal(["Authority", "DisplayName"], Failures(wrong).Select(static failure => failure.Split(':')[3]));
        Assert.Empty(Failures(right));
    }

    [Theory]
    [InlineData(nameof(ExternalProviderType.GitHub), true)]
    [InlineData(nameof(ExternalProviderType.GitLab), true)]
    [InlineData(nameof(ExternalProviderType.Google), false)]
    [InlineData(nameof(ExternalProviderType.Microsoft), false)]
    public void Only_who_may_run_it_oneself_has_an_authority(string type, bool may)
    {
        ExternalProviderOptions options = new()
        {
            Type = Enum.Parse<ExternalProviderType>(type),
            ClientId = "x",
            ClientSecret = "y",
            Authority = "https://git.example",
        };

        Assert.Equal(may, Failures(options).Count == 0);
    }

    [Fact]
    public void Apple_needs_a_team_and_a_key_and_no_secret()
    {
        var other = WriteKey(ECCurve.NamedCurves.nistP384);
        ExternalProviderOptions right = new()
        {
            Type = ExternalProviderType.Apple,
            ClientId = "x",
            TeamId = "TEAM123456",
            KeyId = "KEY1234567",
            KeyFile = KeyFile,
        };
        ExternalProviderOptions wrong = new()
        {
            Type = ExternalProviderType.Apple,
            ClientId = "x",
            ClientSecret = "y",
            TeamId = "TEAM",
            KeyFile = other,
        };

        Assert.Empty(Failures(right));
        Assert.Equal(
            ["ClientSecret", "TeamId", "KeyId", "KeyFile"],
            Failures(wrong).Select(static failure => failure.Split(':')[3])
        );
        File.Delete(other);
    }

    [Theory]
    [InlineData("common", true)]
    [InlineData("organizations", true)]
    [InlineData("consumers", true)]
    [InlineData("contoso.onmicrosoft.com", true)]
    [InlineData("3aa4a235-b6e2-48d5-9195-7fcf05b459b0", true)]
    [InlineData("", false)]
    [InlineData("contoso", false)]
    [InlineData("../common", false)]
    [InlineData("{tenantid}", false)]
    public void A_tenant_is_a_name_of_several_an_id_or_a_domain(string tenant, bool isTenant) =>
        Assert.Equal(isTenant, EntraTokens.IsTenant(tenant));

    [Theory]
    [InlineData("https://github.com", "https://api.github.com/")]
    [InlineData("https://octo.ghe.com", "https://api.octo.ghe.com/")]
    [InlineData("https://github.example:8443/", "https://github.example:8443/api/v3/")]
    public void Each_kind_of_GitHub_has_its_own_address_for_the_api(string authority, string api) =>
        Assert.Equal(api, OAuthEndpoints.Of(new() { Type = ExternalProviderType.GitHub, Authority = authority }).Api);

    [Fact]
    public void A_number_is_no_type()
    {
        ExternalProviderOptions options = new() { Type = (ExternalProviderType)99 };

        Assert.StartsWith("Identity:ExternalProviders:x:Type:", Assert.Single(Failures(options)));
    }

    private static List<string> Failures(ExternalProviderOptions options) =>
        [.. new ExternalProviderOptionsValidator().Validate("x", options).Failures ?? []];

    private static string WriteKey(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        var path = Path.Combine(Path.GetTempPath(), $"key-{Guid.NewGuid():N}.p8");
        File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem());
        return path;
    }
}
