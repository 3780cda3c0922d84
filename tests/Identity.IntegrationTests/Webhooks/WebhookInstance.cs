using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Core.Webhooks;
using Identity.Server.Hosting;
using Identity.Server.Protocol.Requests.Outbound;
using Identity.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Identity.IntegrationTests.Webhooks;

/// <summary>What one instance of the program runs for webhooks.</summary>
internal sealed class WebhookInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private bool _listens;

    public WebhookInstance(TestDatabase database, string environment = "Development", string? allowedNetwork = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Identity:Keys:MasterKey"] = Convert.ToBase64String(new byte[32]),
                    ["Identity:Webhooks:FirstPause"] = "00:00:00.1",
                    ["Identity:Webhooks:MaxPause"] = "00:00:00.3",
                    ["Identity:Webhooks:Timeout"] = "00:00:02",
                }
            )
            .Build();
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(configuration)
            .AddSingleton<IHostEnvironment>(new Setting(environment))
            .AddSingleton(TimeProvider.System)
            .Configure<OutboundOptions>(options =>
            {
                if (allowedNetwork is not null)
                    options.AllowedNetworks.Add(allowedNetwork);
            })
            .AddSingleton<OutboundAddresses>()
            .AddSingleton<IWebhookSender, WebhookSender>()
            .AddData(database.ConnectionString)
            .AddAudit(configuration)
            .AddKeys(configuration)
            .AddAdministration(configuration)
            .AddWebhooks(configuration)
            .BuildServiceProvider();
    }

    public Database Database => _services.GetRequiredService<Database>();

    public AuditLog Audit => _services.GetRequiredService<AuditLog>();

    public WebhookLedger Ledger => _services.GetRequiredService<WebhookLedger>();

    public WebhookAdministration Actions => _services.GetRequiredService<WebhookAdministration>();

    public Operator Operator => _services.GetRequiredService<OperatorReader>().OfCommandLine();

    /// <summary>Starts or restarts the deliverer.</summary>
    public async Task StartAsync()
    {
        if (!_listens)
            await Hosted<ChangeListener>().StartAsync(default);
        _listens = true;
        await Hosted<WebhookDeliverer>().StartAsync(default);
    }

    /// <summary>Stops the deliverer.</summary>
    public Task StopAsync() => Hosted<WebhookDeliverer>().StopAsync(default);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_listens)
            await Hosted<ChangeListener>().StopAsync(default);
        await _services.DisposeAsync();
    }

    private T Hosted<T>()
        where T : IHostedService => _services.GetServices<IHostedService>().OfType<T>().Single();

    private sealed class Setting(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;
        public string ApplicationName { get; set; } = "tests";
        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
