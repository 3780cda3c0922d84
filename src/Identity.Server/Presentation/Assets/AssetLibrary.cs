using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Presentation.Branding;
using Microsoft.Extensions.Options;

namespace Identity.Server.Presentation.Assets;

/// <summary>
/// The style sheet, scripts and pictures of <c>wwwroot</c>, which travel inside the assembly: the program finds them
/// from whatever folder it is started.
/// Each has its digest in its name, so that browsers keep it for a year and a new version is a new name.
/// </summary>
internal sealed class AssetLibrary
{
    private const string Prefix = "wwwroot/";
    private const string Forever = "public, max-age=31536000, immutable";
    private readonly Dictionary<string, Asset> _byFile;
    private readonly Dictionary<string, string> _urls;

    private sealed record Asset(string Name, string File, string ContentType, byte[] Plain, byte[] Brotli);

    public AssetLibrary(IOptions<BrandingOptions> branding)
    {
        Asset[] assets =
        [
            .. Assembly
                .GetExecutingAssembly()
                .GetManifestResourceNames()
                .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => Load(name, branding.Value)),
        ];
        _byFile = assets.ToDictionary(static asset => asset.File, StringComparer.Ordinal);
        _urls = assets.ToDictionary(
            static asset => asset.Name,
            static asset => "/assets/" + asset.File,
            StringComparer.Ordinal
        );
    }

    /// <summary>The address of a file of wwwroot.</summary>
    /// <exception cref="KeyNotFoundException">There is no such file.</exception>
    public string Url(string name) => _urls[name];

    /// <summary>How many bytes it takes on the way to a browser.</summary>
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
                http.Response.Headers.Vary = "Accept-Encoding";
                var small = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
                if (small)
                    http.Response.Headers.ContentEncoding = "br";
                return Results.Bytes(small ? asset.Brotli : asset.Plain, asset.ContentType);
            }
        );

    private static Asset Load(string resource, BrandingOptions branding)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var (name, content) = (resource[Prefix.Length..], memory.ToArray());
        if (name == "site.css")
            content = [.. Encoding.UTF8.GetBytes(Theme.Css(branding)), .. content];
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
            _ => throw new InvalidOperationException($"wwwroot holds a file of a kind that is not served: {extension}"),
        };
}
