using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace Samples.Mcp;

/// <summary> What a refused agent is told (RFC 6750 section 3, RFC 9728 section 5.1, and the scope challenges of MCP).
/// A request without a valid token gets 401 with the scopes to begin with. A call of a tool beyond the token's scopes
/// gets 403 <c>insufficient_scope</c> with all scopes of that tool, so that one more sign-in is enough.
/// </summary>
public sealed class ScopeChallenge(Uri metadata)
{
    /// <summary>Where the server is.</summary>
    public const string Path = "/mcp";

    /// <summary>Where its metadata is: its path goes behind the well-known one (RFC 9728 section 3.1).</summary>
    public const string MetadataPath = "/.well-known/oauth-protected-resource" + Path;

    private const int MaxBytes = 256 * 1024;

    private static readonly string[] First = [NoteTools.ReadScope];

    /// <summary>The challenge of JwtBearer, with the scopes and the address of the metadata.</summary>
    public Task ForToken(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        // Only a token that was sent can be an invalid one.
        var error = context.AuthenticateFailure is null ? null : "invalid_token";
        Challenge(context.HttpContext, StatusCodes.Status401Unauthorized, error, First);
        return Task.CompletedTask;
    }

    /// <summary>A step after authorization: reads which tools a request calls, before any answer has begun.</summary>
    public async Task ForScopeAsync(HttpContext http, Func<Task> next)
    {
        var needed = await NeededAsync(http);
        if (needed is null)
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        else if (needed.Except(NoteTools.ScopesOf(http.User)).Any())
            Challenge(http, StatusCodes.Status403Forbidden, "insufficient_scope", needed);
        else
            await next();
    }

    // Null if the body is too long to look into.
    private static async Task<IReadOnlyCollection<string>?> NeededAsync(HttpContext http)
    {
        if (http.User.Identity?.IsAuthenticated != true || !HttpMethods.IsPost(http.Request.Method))
            return First;
        http.Request.EnableBuffering(MaxBytes, MaxBytes);
        try
        {
            using var message = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
            return [.. CallsOf(message.RootElement).SelectMany(ScopesOf).Distinct()];
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The server answers what is wrong with it.
            return First;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            http.Request.Body.Position = 0;
        }
    }

    private static JsonElement[] CallsOf(JsonElement message) =>
        message.ValueKind == JsonValueKind.Array ? [.. message.EnumerateArray()] : [message];

    private static string[] ScopesOf(JsonElement call) =>
        call.ValueKind == JsonValueKind.Object
        && call.TryGetProperty("method", out var method)
        && method.ValueKind == JsonValueKind.String
        && method.ValueEquals("tools/call")
        && call.TryGetProperty("params", out var parameters)
        && parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty("name", out var name)
        && name.ValueKind == JsonValueKind.String
        && NoteTools.Scopes.TryGetValue(name.GetString()!, out var scopes)
            ? scopes
            : First;

    private void Challenge(HttpContext http, int status, string? error, IEnumerable<string> scopes)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.WWWAuthenticate =
            "Bearer "
            + (error is null ? "" : $"error=\"{error}\", ")
            + $"scope=\"{string.Join(' ', scopes)}\", resource_metadata=\"{metadata.AbsoluteUri}\"";
    }
}
