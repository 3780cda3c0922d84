using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;

namespace Identity.Core.Keys;

/// <summary>The master key as a file: at the configured path, created in Development only, readable by its owner only
/// (keys/README.md).</summary>
internal static class MasterKeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The path to read, or null if none is configured outside Development. In Development the file exists
    /// afterwards.</summary>
    public static string? Locate(KeysOptions options, IHostEnvironment environment)
    {
        if (!string.IsNullOrWhiteSpace(options.MasterKeyFile))
            return Path.Combine(environment.ContentRootPath, options.MasterKeyFile);
        if (!environment.IsDevelopment())
            return null;

        var path = Path.Combine(environment.ContentRootPath, "keys", "master.key");
        if (!File.Exists(path))
            Make(path);
        return path;
    }

    public static bool TryRead(string path, out List<string> lines, out string problem)
    {
        lines = [];
        problem = string.Empty;
        try
        {
            lines =
            [
                .. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{path} cannot be read ({exception.Message})";
            return false;
        }
        problem = lines.Count == 0 ? $"{path} holds no key." : string.Empty;
        return lines.Count > 0;
    }

    // Written to a temporary file and moved: an instance that starts at the same moment sees no file or a complete one,
    // and the first move wins.
    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        using (var writer = new StreamWriter(draft, options))
            writer.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
