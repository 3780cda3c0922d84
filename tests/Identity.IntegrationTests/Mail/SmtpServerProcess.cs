using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Identity.IntegrationTests.Mail;

/// <summary>The mail server of tests/Identity.SmtpServer on one port and one folder, started and killed as often as a
/// test likes.</summary>
internal sealed partial class SmtpServerProcess : IDisposable
{
    private Process? _process;

    public SmtpServerProcess()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public int Port { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("smtp-").FullName;

    public bool HasStalled => File.Exists(Path.Combine(Folder, "stalled.mark"));

    /// <summary>The Message-IDs of the mails that were taken, in any order.</summary>
    public IReadOnlyList<string> MessageIds =>
        [
            .. Directory
                .GetFiles(Folder, "*.eml")
                .Select(static file => MessageId().Match(File.ReadAllText(file)).Groups[1].Value),
        ];

    public async Task StartAsync(string mode)
    {
        Kill();
        foreach (var mark in Directory.GetFiles(Folder, "*.mark"))
            File.Delete(mark);
        _process = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, "Identity.SmtpServer.dll"),
                    Port.ToString(CultureInfo.InvariantCulture),
                    Folder,
                    mode,
                ]
            )
            {
                RedirectStandardError = true,
            }
        )!;
        await Until.TrueAsync(
            () => Task.FromResult(File.Exists(Path.Combine(Folder, "ready.mark"))),
            "the mail server is up"
        );
    }

    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex("^Message-Id: <([0-9a-f]{32})@", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex MessageId();
}

internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (await condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("It never came true that " + what + ".");
    }
}
