using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Identity.Core.Data;

/// <summary>The folder of a private cluster, which the server's user can enter; its locks; and the password in a file
/// that only the owner can read.</summary>
internal static class EmbeddedPostgresFolder
{
    /// <summary>The folder itself, or one below <c>/var/tmp</c> where the server's user cannot enter it.</summary>
    public static async Task<string> ReachableAsync(
        string folder,
        UnprivilegedUser user,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(folder);
        if (await user.CanReachAsync(folder, cancellationToken))
            return folder;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12];
        var elsewhere = Path.Combine("/var/tmp", "identity-" + digest);
        Directory.CreateDirectory(elsewhere);
        // Anyone can create folders there. A folder that somebody else created, or a link to another place, would
        // reveal the password.
        if (
            (
                await ChildProcess.RunAsync("test", ["-O", elsewhere, "-a", "!", "-L", elsewhere], cancellationToken)
            ).ExitCode != 0
        )
            throw new InvalidOperationException(
                $"{elsewhere} belongs to somebody else. Remove it, or start from a folder that other users can enter."
            );
        Log.ClusterElsewhere(logger, folder, elsewhere);
        return elsewhere;
    }

    /// <summary>Waits until nobody else holds the lock.</summary>
    public static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    /// <summary>The password of the cluster, generated on the first call.</summary>
    public static async Task<string> PasswordAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "postgres.password");
        if (File.Exists(path))
            return (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await WritePrivateAsync(path, password, cancellationToken);
        return password;
    }

    /// <summary>Writes a file that only its owner can read.</summary>
    public static async Task WritePrivateAsync(string path, string text, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(path, options);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
    }
}
