using System.Xml.Linq;
using Identity.Core.Keys;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting.DataProtection;

internal static class PersistedDataProtection
{
    /// <summary>Data Protection with the key ring in the database, shared by all instances and encrypted
    /// (KM-2).</summary>
    public static IServiceCollection AddPersistedDataProtection(this IServiceCollection services)
    {
        // Before the framework's own start, which would create a first key without the lock.
        services.AddHostedService<DataProtectionStart>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>, DataProtectionKeySettings>();
        services.AddDataProtection().SetApplicationName("identity");
        return services;
    }
}

/// <summary>The framework's access to the ring. It reads synchronously, at start and about once a day, so this
/// blocks.</summary>
internal sealed class DataProtectionKeyRepository(DataProtectionKeyStore store) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. store.ReadAllAsync(CancellationToken.None).GetAwaiter().GetResult().Select(XElement.Parse)];

    public void StoreElement(XElement element, string friendlyName) =>
        store
            .AddAsync(friendlyName, element.ToString(SaveOptions.DisableFormatting), CancellationToken.None)
            .GetAwaiter()
            .GetResult();
}

internal sealed class DataProtectionKeySettings(DataProtectionKeyStore store) : IConfigureOptions<KeyManagementOptions>
{
    public void Configure(KeyManagementOptions options)
    {
        options.XmlRepository = new DataProtectionKeyRepository(store);
        // The repository encrypts whole elements: a second encryption would add nothing, and this one avoids the
        // framework's warning about missing encryption.
        options.XmlEncryptor = new NullXmlEncryptor();
    }
}

/// <summary>Instances that start together on an empty ring create one key: each uses the ring once under a lock before
/// it accepts requests.</summary>
internal sealed class DataProtectionStart(IDataProtectionProvider provider, DataProtectionKeyStore store)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        store.OneAtATimeAsync(() => provider.CreateProtector("identity.start").Protect([1]), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
