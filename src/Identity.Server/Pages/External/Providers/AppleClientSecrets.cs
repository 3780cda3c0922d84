using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Pages.External.Providers;

/// <summary>Makes the client secrets for Apple: JWTs signed with the team's key (ES256). Apple accepts them for six
/// months at most; here each lives for an hour and is replaced before it ends. The key file is read anew each time, so
/// that a replaced key is in use within the hour.</summary>
internal sealed class AppleClientSecrets(IOptionsMonitor<ExternalProviderOptions> providers, TimeProvider time)
{
    /// <summary>P-256, in bits.</summary>
    public const int KeySize = 256;

    private const string Audience = "https://appleid.apple.com";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>A secret that ends sooner than this is replaced: longer than a call takes and clocks differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Secret> _secrets = new(StringComparer.Ordinal);

    private sealed record Secret(string Value, DateTimeOffset ExpiresAt)
    {
        public override string ToString() => $"Secret until {ExpiresAt.ToString("O", CultureInfo.InvariantCulture)}";
    }

    /// <summary>The private key of a file. Throws if there is none.</summary>
    public static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>A secret of this provider that is valid for at least ten minutes.</summary>
    public string Current(string name)
    {
        var now = time.GetUtcNow();
        if (_secrets.TryGetValue(name, out var known) && known.ExpiresAt - now > Margin)
            return known.Value;
        var made = Make(providers.Get(name), now);
        _secrets[name] = made;
        return made.Value;
    }

    private static Secret Make(ExternalProviderOptions provider, DateTimeOffset now)
    {
        using var key = ReadKey(provider.KeyFile!);
        ECDsaSecurityKey signer = new(key)
        {
            KeyId = provider.KeyId,
            // The library would keep a signer of a key that is disposed here.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
        var expiresAt = now + Lifetime;
        SecurityTokenDescriptor token = new()
        {
            Issuer = provider.TeamId,
            Audience = Audience,
            IssuedAt = now.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = provider.ClientId! },
            SigningCredentials = new(signer, SecurityAlgorithms.EcdsaSha256),
        };
        JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };
        return new(handler.CreateToken(token), expiresAt);
    }
}
