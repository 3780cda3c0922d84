using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Presentation.Branding;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Assets;

/// <summary> The style sheet, scripts and pictures of <c>wwwroot</c>, embedded in the assembly, so that the program can
/// be started from any folder, and the style sheets and fonts of themes. Each has its digest in its name, so that
/// browsers can cache it for a year and a new version has a new name.
/// </summary>
internal sealed class AssetLibrary
{
    private const string Prefix = "wwwroot/";
    private const string Forever = "public, max-age=31536000, immutable";
    private readonly Dictionary<string, Asset> _byFile;
    private readonly Dictionary<string, string> _urls;
    private readonly Dictionary<string, string> _elsewhere;

    private sealed record Asset(string Name, string File, string ContentType, byte[] Plain, byte[] Brotli)
    {
        public string Integrity { get; } = "sha256-" + Convert.ToBase64String(SHA256.HashData(Plain));
    }

    public AssetLibrary(ThemeLibrary themes, IOptions<AssetOptions> options)
    {
        Asset[] assets =
        [
            .. Assembly
                .GetExecutingAssembly()
                .GetManifestResourceNames()
                .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => Load(name, themes.Installation)),
            .. themes.All.SelectMany(AssetsOf),
        ];
        var home = options.Value.BaseAddress?.AbsoluteUri.TrimEnd('/') ?? "";
        _byFile = assets.ToDictionary(static asset => asset.File, StringComparer.Ordinal);
        _urls = assets.ToDictionary(
            static asset => asset.Name,
            asset => (StaysHere(asset.Name) ? "" : home) + "/assets/" + asset.File,
            StringComparer.Ordinal
        );
        _elsewhere =
            home.Length == 0
                ? []
                : assets
                    .Where(static asset => !StaysHere(asset.Name))
                    .ToDictionary(asset => _urls[asset.Name], static asset => asset.Integrity, StringComparer.Ordinal);
    }

    /// <summary>The address of a file of wwwroot.</summary>
    /// <exception cref="KeyNotFoundException">There is no such file.</exception>
    public string Url(string name) => _urls[name];

    /// <summary>The digest of a file from another host, for an <c>integrity</c> attribute; null for any other
    /// address.</summary>
    public string? IntegrityOf(string url) => _elsewhere.GetValueOrDefault(url);

    /// <summary>Its size in bytes as sent to a browser.</summary>
    internal int Weight(string name) => _byFile.Values.Single(asset => asset.Name == name).Brotli.Length;

    /// <summary>Maps them under <c>/assets</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods(
            "/assets/{file}",
            [HttpMethods.Get, HttpMethods.Head],
            static (string file, HttpContext http, AssetLibrary library) =>
            {
                if (!library._byFile.TryGetValue(file, out var asset))
                    return Results.NotFound();
                http.Response.Headers.CacheControl = Forever;
                // Readable from any origin, because a page that loads them from another host needs that to check their
                // digest.
                http.Response.Headers.AccessControlAllowOrigin = "*";
                http.Response.Headers.Vary = "Accept-Encoding";
                var small = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
                if (small)
                    http.Response.Headers.ContentEncoding = "br";
                return Results.Bytes(small ? asset.Brotli : asset.Plain, asset.ContentType);
            }
        );

    // A browser starts a worker only from the page's own origin (HTML, 10.2.6.3). A font has the address that its style
    // sheet gives, and the pages allow fonts of this host alone.
    private static bool StaysHere(string name) =>
        name == "work.js" || name.StartsWith("theme", StringComparison.Ordinal);

    private static IEnumerable<Asset> AssetsOf(Theme theme)
    {
        Asset? font = null;
        if (theme.FontName is { } name && FontFileReader.Read(theme.Options.FontFile!) is ThemeFile.Sound file)
            yield return font = Make(name, file.Content);
        if (theme.SheetName is { } sheet)
            yield return Make(sheet, Encoding.UTF8.GetBytes(theme.Sheet(font is null ? null : "/assets/" + font.File)));
    }

    private static Asset Load(string resource, Theme theme)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var (name, content) = (resource[Prefix.Length..], memory.ToArray());
        if (name == "site.css")
            content = [.. Encoding.UTF8.GetBytes(theme.Accent()), .. content];
        return Make(name, content);
    }

    private static Asset Make(string name, byte[] content)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6));
        var extension = Path.GetExtension(name);
        return new(
            name,
            $"{Path.GetFileNameWithoutExtension(name)}.{digest}{extension}",
            TypeOf(extension),
            content,
            Compress(content)
        );
    }

    private static byte[] Compress(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var brotli = new BrotliStream(memory, CompressionLevel.SmallestSize))
            brotli.Write(content);
        return memory.ToArray();
    }

    private static string TypeOf(string extension) =>
        extension switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".woff2" => "font/woff2",
            _ => throw new InvalidOperationException($"wwwroot holds a file of a kind that is not served: {extension}"),
        };
}
