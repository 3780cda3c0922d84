using System.Diagnostics;
using System.Text;

namespace Identity.Testing;

/// <summary>A sample, run as the program that it is, on a port of its own.</summary>
public sealed class SampleProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private SampleProgram(Process process, Uri address)
    {
        _process = process;
        Address = address;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>What it wrote, for the report of a failure.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>A free address, for a provider that must know it before the sample starts.</summary>
    public static Uri FreeAddress() => new($"http://localhost:{ConfiguredProvider.FreePort()}/");

    /// <summary>Starts <c>src/Samples/{name}</c> and waits until it answers.</summary>
    public static async Task<SampleProgram> StartAsync(
        string name,
        Uri address,
        IReadOnlyDictionary<string, string> settings
    )
    {
        // The same build as this test's own: bin/<configuration>/<framework>.
        var (framework, configuration) = (
            Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
            Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!)
        );
        var program = Repository.PathOf($"src/Samples/{name}/bin/{configuration}/{framework}/{name}.dll");
        var start = new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        };
        start.Environment["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority);
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (key, value) in settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        var sample = new SampleProgram(
            Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start."),
            address
        );
        try
        {
            await sample.WaitAsync();
            return sample;
        }
        catch
        {
            await sample.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task WaitAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        for (var attempt = 0; attempt < 300 && !_process.HasExited; attempt++)
        {
            try
            {
                using var response = await http.GetAsync(Address);
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException($"The sample at {Address} never answered:{Environment.NewLine}{Output}");
    }

    private void Keep(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
