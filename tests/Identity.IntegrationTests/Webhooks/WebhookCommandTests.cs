using System.Text.Json;
using Identity.IntegrationTests.Commands;
using Identity.Testing;

namespace Identity.IntegrationTests.Webhooks;

/// <summary><c>identity webhooks</c>, by the program itself.</summary>
public sealed class WebhookCommandTests : WebhookScene
{
    [Fact]
    public async Task An_endpoint_is_added_tested_and_listed_without_its_secret_and_a_failing_test_has_an_exit_code()
    {
        var folder = IdentityProcess.CreateFolder();
        var url = new Uri(Receiver.Address, "ok").AbsoluteUri;

        var refused = await RunAsync(folder, "webhooks", "add", url, "--event", "user.unheard_of");
        var added = await RunAsync(folder, "webhooks", "add", url, "--event", "user.deleted", "--json");
        using var answer = JsonDocument.Parse(added.Output);
        var (id, secret) = (
            answer.RootElement.GetProperty("id").GetString()!,
            answer.RootElement.GetProperty("secret").GetString()!
        );
        var tested = await RunAsync(folder, "webhooks", "test", id);
        Receiver.Answer("ok", static _ => 500);
        var failed = await RunAsync(folder, "webhooks", "test", id);
        var nothing = await RunAsync(folder, "webhooks", "set", id);
        var listed = await RunAsync(folder, "webhooks", "list");

        Assert.Equal(
            (2, 0, 0, 1, 0),
            (refused.ExitCode, added.ExitCode, tested.ExitCode, failed.ExitCode, listed.ExitCode)
        );
        Assert.Contains("user.unheard_of", refused.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, nothing.ExitCode);
        Assert.Contains("Say what to change", nothing.Error, StringComparison.Ordinal);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Contains(url, listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, listed.Output, StringComparison.Ordinal);
        Assert.Equal(["webhook.test", "webhook.test"], Receiver.Received.Select(TypeOf));
        Directory.Delete(folder, recursive: true);
    }

    private Task<ProcessResult> RunAsync(string folder, params string[] arguments) =>
        IdentityProcess.RunAsync(
            folder,
            new Dictionary<string, string?>(CommandLineTests.Settings(Database))
            {
                ["Identity__Outbound__AllowedNetworks__0"] = "127.0.0.0/8",
            },
            null,
            arguments
        );
}
