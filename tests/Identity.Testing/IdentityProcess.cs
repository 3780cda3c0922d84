using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Identity.Testing;

/// <summary>What a program said and how it ended.</summary>
public sealed record ProcessResult(int ExitCode, string Output, string Error);

/// <summary>
/// The program as operators run it: a process of its own, in a folder of its own, with nothing of this process's
/// environment that could configure it. Ends with the test, however that ends.
/// </summary>
public sealed class IdentityProcess : IAsyncDisposable
{
    private static readonly System.Globalization.CultureInfo Invariant = System
        .Globalization
        .CultureInfo
        .InvariantCulture;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private IdentityProcess(Process process) => _process = process;

    /// <summary>The program, for a shell that starts it itself.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "identity.dll");

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Everything it wrote to the standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Everything it wrote to the standard error so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    /// <summary>A new folder with one empty <c>appsettings.json</c>, which makes it the program's root: its
    /// <c>.data</c> and <c>keys</c> go there.</summary>
    public static string CreateFolder()
    {
        var folder = Path.Combine("/tmp", "identity-process-" + Guid.NewGuid().ToString("N")[..12]);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), "{}");
        return folder;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it with these arguments and environment variables; <c>ASPNETCORE_ENVIRONMENT</c> is not set
    /// unless given.</summary>
    public static IdentityProcess Start(
        string folder,
        IReadOnlyDictionary<string, string?>? environment,
        params string[] arguments
    ) => Start(folder, environment, "dotnet", [Program, .. arguments]);

    /// <summary>Starts the program that lies in <paramref name="binaries"/>, as of an archive that was
    /// unpacked.</summary>
    public static IdentityProcess StartFrom(
        string binaries,
        string folder,
        IReadOnlyDictionary<string, string?>? environment,
        params string[] arguments
    ) => Start(folder, environment, "dotnet", [Path.Combine(binaries, "identity.dll"), .. arguments]);

    /// <summary>Starts it as a process that may open only so many files.</summary>
    public static IdentityProcess StartLimited(
        string folder,
        IReadOnlyDictionary<string, string?>? environment,
        int openFiles,
        params string[] arguments
    ) =>
        Start(
            folder,
            environment,
            "sh",
            ["-c", string.Create(Invariant, $"ulimit -n {openFiles}; exec dotnet \"$@\""), "sh", Program, .. arguments]
        );

    private static IdentityProcess Start(
        string folder,
        IReadOnlyDictionary<string, string?>? environment,
        string program,
        string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.ToArray())
        {
            if (
                name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("Identity__", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase)
                || name is "DOTNET_ENVIRONMENT" or "POSTGRES_URL" or "POSTGRES_URL_NON_POOLING" or "IDENTITY_SECRETS"
            )
                start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        var process = new IdentityProcess(Process.Start(start)!);
        process._process.OutputDataReceived += (_, line) => Append(process._output, line.Data);
        process._process.ErrorDataReceived += (_, line) => Append(process._error, line.Data);
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<ProcessResult> RunAsync(
        string folder,
        IReadOnlyDictionary<string, string?>? environment,
        string? input,
        params string[] arguments
    )
    {
        await using var process = Start(folder, environment, arguments);
        if (input is not null)
            await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        return await process.WaitForExitAsync(TimeSpan.FromSeconds(90));
    }

    /// <summary>Waits until it ends by itself.</summary>
    public async Task<ProcessResult> WaitForExitAsync(TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"The program did not end within {patience}.\n{Output}\n{Error}");
        }

        return new(_process.ExitCode, Output, Error);
    }

    /// <summary>Waits until <c>/health/ready</c> says so.</summary>
    public async Task WaitUntilReadyAsync(Uri address)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var i = 0; i < 600; i++)
        {
            if (HasExited)
                throw new InvalidOperationException($"The program ended with {_process.ExitCode}.\n{Output}\n{Error}");
            try
            {
                using var ready = await http.GetAsync(new Uri(address, "/health/ready"));
                if (ready.IsSuccessStatusCode)
                    return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                // It does not listen yet.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"The program is not ready after a minute.\n{Output}\n{Error}");
    }

    /// <summary>Ends it as <c>kill -9</c> does: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end, as an orchestrator does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start(
            "kill",
            ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    /// <summary>Ends it in good order, or by force where it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Terminate();
            using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await _process.WaitForExitAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.AppendLine(line);
    }
}
