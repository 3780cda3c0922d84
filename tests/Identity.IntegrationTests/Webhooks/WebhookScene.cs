using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Core.Webhooks;
using Identity.Testing;

namespace Identity.IntegrationTests.Webhooks;

/// <summary>Two instances over one database, and a receiver.</summary>
public abstract class WebhookScene : IAsyncLifetime
{
    private protected List<WebhookInstance> Instances { get; } = [];

    private protected TestDatabase Database { get; private set; } = null!;

    private protected WebhookReceiver Receiver { get; set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await (await PostgresCluster.GetAsync()).CreateDatabaseAsync();
        Receiver = await WebhookReceiver.StartAsync();
        Instances.Add(new(Database));
        Instances.Add(new(Database));
    }

    public async Task DisposeAsync()
    {
        foreach (var instance in Instances)
            await instance.DisposeAsync();
        await Receiver.DisposeAsync();
        await Database.DisposeAsync();
    }

    private protected WebhookInstance One => Instances[0];

    private protected static string TypeOf(ReceivedWebhook entry)
    {
        using var body = JsonDocument.Parse(entry.Body);
        return body.RootElement.GetProperty("type").GetString()!;
    }

    private protected static WebhookSecret Secret(AdminOutcome<WebhookSecret> outcome) =>
        Assert.IsType<AdminOutcome<WebhookSecret>.Done>(outcome).Value;

    private protected WebhookDraft Draft(string path, params string[] types) =>
        new(new Uri(Receiver.Address, path).AbsoluteUri, null, types);

    private protected async Task<Guid> AddAsync(string path, params string[] types) =>
        Secret(await One.Actions.AddAsync(One.Operator, Draft(path, types), Rooms.Stranger, default)).Id;

    private protected Task StartAsync() => Task.WhenAll(Instances.Select(static instance => instance.StartAsync()));

    private protected static AuditEvent Row(Guid user, string type, params (string Name, object? Value)[] details) =>
        new(
            type,
            AuditStatus.Success,
            user,
            Rooms.Stranger.IpAddress,
            Rooms.Stranger.UserAgent,
            details.ToDictionary(static detail => detail.Name, static detail => detail.Value)
        );

    private protected Task AuditAsync(Guid user, string type, params (string Name, object? Value)[] details) =>
        One.Audit.AppendAsync(Row(user, type, details), default);

    private protected Task<long> CountAsync(string from) => Database.ScalarAsync<long>($"SELECT count(*) FROM {from}");

    private protected static async Task UntilAsync<T>(Func<Task<T>> read, T expected, bool atLeast = false)
        where T : IComparable<T>
    {
        var value = await read();
        for (var wait = 0; wait < 400 && Missing(value); wait++)
        {
            await Task.Delay(25);
            value = await read();
        }
        Assert.False(Missing(value), $"{value} instead of {expected}");

        bool Missing(T found) => atLeast ? found.CompareTo(expected) < 0 : found.CompareTo(expected) != 0;
    }
}
