using System.Security.Cryptography;
using Identity.Server.Pages.External.Providers;
using Identity.UnitTests.Passwords;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Identity.UnitTests.Pages;

public sealed class AppleClientSecretsTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"apple-{Guid.NewGuid():N}.p8");

    public AppleClientSecretsTests() => Rotate();

    [Fact]
    public void A_secret_is_renewed_before_it_ends_and_with_the_key_that_is_there_then()
    {
        HandClock clock = new();
        AppleClientSecrets secrets = new(new Settings(_path), clock);

        clock.Move(TimeSpan.FromDays(20_000));
        var first = secrets.Current("apple");
        clock.Move(TimeSpan.FromMinutes(49));
        var same = secrets.Current("apple");
        Rotate();
        clock.Move(TimeSpan.FromMinutes(2));
        var next = secrets.Current("apple");

        JsonWebToken token = new(first);
        Assert.Equal(("ES256", "KEY1234567"), (token.Alg, token.Kid));
        Assert.Equal(("TEAM123456", "org.example.web"), (token.Issuer, token.Subject));
        Assert.Equal("https://appleid.apple.com", Assert.Single(token.Audiences));
        Assert.Equal(TimeSpan.FromHours(1), token.ValidTo - token.IssuedAt);
        Assert.Equal(first, same);
        Assert.NotEqual(first, next);
        Assert.True(new JsonWebToken(next).ValidTo > clock.GetUtcNow().AddMinutes(50).UtcDateTime);
    }

    public void Dispose() => File.Delete(_path);

    private void Rotate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_path, key.ExportPkcs8PrivateKeyPem());
    }

    private sealed class Settings(string path) : IOptionsMonitor<ExternalProviderOptions>
    {
        public ExternalProviderOptions CurrentValue => Get(null);

        public ExternalProviderOptions Get(string? name) =>
            new()
            {
                Type = ExternalProviderType.Apple,
                ClientId = "org.example.web",
                TeamId = "TEAM123456",
                KeyId = "KEY1234567",
                KeyFile = path,
            };

        public IDisposable? OnChange(Action<ExternalProviderOptions, string?> listener) => null;
    }
}
