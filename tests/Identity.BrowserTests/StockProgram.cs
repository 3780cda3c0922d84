using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using Identity.Testing;

namespace Identity.BrowserTests;

/// <summary>
/// A stock ASP.NET Core program in a folder of its own, outside this source tree: the SDK's defaults, one package, and
/// the text that a person pastes. It shows the claims of whoever is signed in.
/// </summary>
internal sealed class StockProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"identity-stock-{Guid.NewGuid():N}");
    private readonly StringBuilder _output = new();
    private Process? _process;

    /// <summary>What it wrote, for the report of a failure.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Makes the project, builds it and starts it at an address.</summary>
    /// <param name="snippet">Pasted as it is between the first and the last lines of a new project.</param>
    public static async Task<StockProgram> StartAsync(string snippet, string secret, Uri address)
    {
        StockProgram program = new();
        try
        {
            await program.WriteAsync(snippet);
            await program.BuildAsync();
            program._process = program.Run(["dotnet", "bin/app.dll"], ("Oidc__ClientSecret", secret), address);
            await program.WaitAsync(address);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } running)
        {
            if (!running.HasExited)
                running.Kill(entireProcessTree: true);
            await running.WaitForExitAsync();
            running.Dispose();
        }
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task WriteAsync(string snippet)
    {
        const string package = "Microsoft.AspNetCore.Authentication.OpenIdConnect";
        var version = XDocument
            .Load(Repository.PathOf("Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Single(static one => one.Attribute("Include")!.Value == package)
            .Attribute("Version")!
            .Value;
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "app.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{version}" />
              </ItemGroup>
            </Project>
            """
        );
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "Program.cs"),
            $$"""
            var builder = WebApplication.CreateBuilder(args);
            {{snippet}}
            builder.Services.AddAuthorization();
            var app = builder.Build();
            app.MapGet("/", (HttpContext http) =>
                string.Join('\n', http.User.Claims.Select(claim => $"{claim.Type}={claim.Value}")))
                .RequireAuthorization();
            app.MapGet("/editors", (HttpContext http) => http.User.IsInRole("editor") ? "You edit." : "You read.")
                .RequireAuthorization();
            app.Run();
            """
        );
    }

    private async Task BuildAsync()
    {
        using var build = Run(["dotnet", "build", "-o", "bin", "-v", "q", "--nologo", "-nodeReuse:false"]);
        using CancellationTokenSource end = new(Patience);
        await build.WaitForExitAsync(end.Token);
        if (build.ExitCode != 0)
            throw new InvalidOperationException($"The program does not build:{Environment.NewLine}{Output}");
    }

    private Process Run(string[] command, (string Name, string Value)? setting = null, Uri? address = null)
    {
        ProcessStartInfo start = new(command[0], command[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test's own build was started with is none of this program's business.
        foreach (
            var name in start
                .Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
                .ToArray()
        )
            start.Environment.Remove(name);
        if (setting is { } one)
            start.Environment[one.Name] = one.Value;
        if (address is not null)
            start.Environment["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitAsync(Uri address)
    {
        using HttpClientHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient http = new(handler) { Timeout = TimeSpan.FromSeconds(20) };
        for (var attempt = 0; attempt < 300 && _process is { HasExited: false }; attempt++)
        {
            try
            {
                using var answer = await http.GetAsync(address);
                return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(100);
            }
        }
        throw new InvalidOperationException($"The program at {address} never answered:{Environment.NewLine}{Output}");
    }

    private void Keep(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
