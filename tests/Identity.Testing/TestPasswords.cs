using Identity.Core.Passwords;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Identity.Testing;

/// <summary>
/// Hashes at a cost that the program refuses to be configured with: hashing is slow on purpose, and few tests are about
/// that. A test that is sets <see cref="CostKey"/>, and gets the program's own hasher.
/// </summary>
public static class TestPasswords
{
    /// <summary>The setting that keeps the program's own hasher.</summary>
    public const string CostKey = "Identity:Passwords:HashCost";

    private const int Cost = 4;

    /// <summary>A quick hasher of one's own, for it counts its calls.</summary>
    public static PasswordHasher NewHasher() => new(Options.Create(new PasswordOptions { HashCost = Cost }));

    /// <summary>Takes the quick hasher in place of the program's.</summary>
    public static IServiceCollection AddQuickPasswords(this IServiceCollection services) =>
        services.AddSingleton(static _ => NewHasher());
}
