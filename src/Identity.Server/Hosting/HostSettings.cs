using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.FileProviders;

namespace Identity.Server.Hosting;

/// <summary> The sources of settings, weakest first: the defaults of Development, <c>appsettings.json</c>, the file of
/// <c>--config</c>, a folder of secrets (<c>IDENTITY_SECRETS</c>: one file per setting, as Docker and Kubernetes mount
/// them), the environment, the host's arguments.
/// </summary>
internal static class HostSettings
{
    /// <summary>The environment variable that names the folder of secrets.</summary>
    public const string SecretsVariable = "IDENTITY_SECRETS";

    private const string FileName = "appsettings.json";

    /// <summary>A builder that has read every source.</summary>
    /// <exception cref="CommandFailedException">A file of settings is missing or is not JSON.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] hostArguments, string? configFile)
    {
        var root = FindRoot(Argument(hostArguments, "contentRoot") ?? Directory.GetCurrentDirectory());
        try
        {
            var builder = WebApplication.CreateBuilder(
                new WebApplicationOptions
                {
                    // The framework's watcher observes every folder below the root; this one polls a single file, which
                    // also notices a replaced mount.
                    Args = [.. hostArguments, "--hostBuilder:reloadConfigOnChange=false"],
                    ContentRootPath = root,
                    WebRootPath = FindWebRoot(root),
                }
            );
            Arrange(builder, configFile);
            return builder;
        }
        catch (Exception unreadable)
            when (unreadable
                    is InvalidDataException
                        or FormatException
                        or FileNotFoundException
                        or DirectoryNotFoundException
            )
        {
            throw new CommandFailedException(
                $"{unreadable.Message.TrimEnd('.')}. {unreadable.InnerException?.Message}".TrimEnd(),
                CommandFailedException.Usage
            );
        }
    }

    private static void Arrange(WebApplicationBuilder builder, string? configFile)
    {
        var sources = ((IConfigurationBuilder)builder.Configuration).Sources;
        var last = 0;
        foreach (var source in sources.OfType<JsonConfigurationSource>().ToArray())
        {
            last = sources.IndexOf(source);
            sources[last] = Watched(Path.Combine(builder.Environment.ContentRootPath, source.Path!), optional: true);
        }

        if (configFile is not null)
            sources.Insert(++last, Watched(Path.GetFullPath(configFile), optional: false));
        if (Environment.GetEnvironmentVariable(SecretsVariable) is { Length: > 0 } secrets)
            sources.Insert(++last, SecretsIn(Path.GetFullPath(secrets)));
        if (builder.Environment.IsDevelopment())
        {
            sources.Insert(
                0,
                new MemoryConfigurationSource
                {
                    InitialData = new Dictionary<string, string?> { ["Identity:Issuer"] = "http://localhost:5000" },
                }
            );
        }
    }

    private static JsonConfigurationSource Watched(string path, bool optional)
    {
        var folder = Path.GetDirectoryName(path)!;
        return new JsonConfigurationSource
        {
            FileProvider = Directory.Exists(folder)
                ? new PhysicalFileProvider(folder) { UsePollingFileWatcher = true, UseActivePolling = true }
                : null,
            Path = Path.GetFileName(path),
            Optional = optional,
            ReloadOnChange = Directory.Exists(folder),
        };
    }

    private static Microsoft.Extensions.Configuration.KeyPerFile.KeyPerFileConfigurationSource SecretsIn(
        string folder
    ) =>
        new()
        {
            FileProvider = Directory.Exists(folder)
                ? new PhysicalFileProvider(folder)
                : throw new DirectoryNotFoundException($"{SecretsVariable}: there is no folder {folder}"),
            Optional = false,
        };

    // The folder of the settings file: the current folder, one above it (inside the source tree), or the program's (an
    // installed program).
    private static string FindRoot(string start)
    {
        if (File.Exists(Path.Combine(start, FileName)))
            return Path.GetFullPath(start);
        foreach (var begin in new[] { start, AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(begin); folder is not null; folder = folder.Parent)
            {
                if (
                    File.Exists(Path.Combine(folder.FullName, "Identity.sln"))
                    && File.Exists(Path.Combine(folder.FullName, FileName))
                )
                    return folder.FullName;
            }
        }

        return File.Exists(Path.Combine(AppContext.BaseDirectory, FileName))
            ? AppContext.BaseDirectory
            : Path.GetFullPath(start);
    }

    private static string? FindWebRoot(string root) =>
        new[]
        {
            Path.Combine(root, "wwwroot"),
            Path.Combine(root, "src", "Identity.Server", "wwwroot"),
            Path.Combine(AppContext.BaseDirectory, "wwwroot"),
        }.FirstOrDefault(Directory.Exists);

    private static string? Argument(string[] arguments, string name)
    {
        var prefix = $"--{name}=";
        return arguments
            .FirstOrDefault(argument => argument.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            ?[prefix.Length..];
    }
}
