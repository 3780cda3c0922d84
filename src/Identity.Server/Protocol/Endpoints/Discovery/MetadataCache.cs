using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Identity.Core.Clients;
using Identity.Core.Keys;
using Identity.Core.Profile;
using Identity.Server.Protocol.Engine;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using OpenIddict.Server;

namespace Identity.Server.Protocol.Endpoints.Discovery;

/// <summary> Caches metadata and key set as the bytes that the engine wrote, until the signing keys, scopes, mapped
/// claims or settings change. They are the same for every caller, because the issuer is configured. A caller with a
/// current copy gets 304 (RFC 9110 section 13.1.2).
/// </summary>
internal sealed class MetadataCache(
    RequestDelegate next,
    IOptionsMonitor<OpenIddictServerOptions> options,
    ClientRegistry registry,
    ClaimMappings mappings,
    SigningKeyRing keys
)
{
    private static readonly string[] Paths =
    [
        EndpointPaths.Configuration,
        EndpointPaths.AuthorizationServer,
        EndpointPaths.JsonWebKeySet,
    ];

    private readonly ConcurrentDictionary<string, Document> _documents = new(StringComparer.Ordinal);

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        // The engine handles all other requests.
        var path =
            HttpMethods.IsGet(request.Method) && !request.QueryString.HasValue
                ? Array.Find(Paths, path => string.Equals(path, request.Path.Value, StringComparison.Ordinal))
                : null;
        return path is null ? next(http) : AnswerAsync(http, path);
    }

    private async Task AnswerAsync(HttpContext http, string path)
    {
        // Read before the document is built, so that a change during the build is noticed next time.
        Basis basis = new(options.CurrentValue, registry.Catalog, mappings.Claims, keys.GetChangeToken());
        if (!_documents.TryGetValue(path, out var document) || !document.Basis.Holds(basis))
        {
            document = await RenderAsync(http, basis);
            if (document is null)
                return;
            _documents[path] = document;
        }
        await WriteAsync(http, document);
    }

    // Null if the engine's answer was not a document; it was sent unchanged.
    private async Task<Document?> RenderAsync(HttpContext http, Basis basis)
    {
        var response = http.Response;
        var body = response.Body;
        using MemoryStream rendered = new();
        response.Body = rendered;
        try
        {
            await next(http);
        }
        finally
        {
            response.Body = body;
        }
        var bytes = rendered.ToArray();
        if (response.StatusCode == StatusCodes.Status200OK)
            return new(basis, bytes, response.ContentType, response.Headers.CacheControl, TagOf(bytes));
        await body.WriteAsync(bytes, http.RequestAborted);
        return null;
    }

    private static async Task WriteAsync(HttpContext http, Document document)
    {
        var response = http.Response;
        response.Headers.CacheControl = document.CacheControl;
        response.Headers.ETag = document.Tag.ToString();
        if (
            http
                .Request.GetTypedHeaders()
                .IfNoneMatch.Any(known =>
                    known.Equals(EntityTagHeaderValue.Any) || known.Compare(document.Tag, useStrongComparison: false)
                )
        )
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentLength = null;
            return;
        }
        response.ContentType = document.ContentType;
        response.ContentLength = document.Bytes.Length;
        await response.Body.WriteAsync(document.Bytes, http.RequestAborted);
    }

    private static EntityTagHeaderValue TagOf(byte[] bytes) =>
        new($"\"{Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 16))}\"");

    /// <summary>The inputs of a document.</summary>
    private sealed record Basis(
        OpenIddictServerOptions Options,
        ClientCatalog Catalog,
        IReadOnlyList<string> Claims,
        IChangeToken Keys
    )
    {
        public bool Holds(Basis now) =>
            ReferenceEquals(Options, now.Options)
            && ReferenceEquals(Catalog, now.Catalog)
            && ReferenceEquals(Claims, now.Claims)
            && !Keys.HasChanged;
    }

    private sealed record Document(
        Basis Basis,
        byte[] Bytes,
        string? ContentType,
        StringValues CacheControl,
        EntityTagHeaderValue Tag
    );
}
