using System.Text.Json;
using Identity.Core.Administration;
using Identity.Core.Primitives;

namespace Identity.Server.Admin.Api.Contract;

/// <summary>Reads the JSON body of a request: through the one gate for JSON from outside, then into a type that takes
/// no member which it does not have.</summary>
internal static class ApiBody
{
    /// <summary>The longest body, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Hands the body to a handler, or answers what is wrong with it.</summary>
    public static Task<IResult> WithBodyAsync<T>(this HttpContext http, Func<T, Task<IResult>> handle)
        where T : class => http.WithBodyAsync<T>((body, _) => handle(body));

    /// <summary>The same, with the members as they came: what is left out and what is null may differ.</summary>
    public static async Task<IResult> WithBodyAsync<T>(
        this HttpContext http,
        Func<T, JsonElement, Task<IResult>> handle
    )
        where T : class
    {
        if (!http.Request.HasJsonContentType())
            return ApiProblem.Of(StatusCodes.Status415UnsupportedMediaType, "media_type", "Send application/json.");
        if (await ReadBytesAsync(http) is not { } bytes)
            return ApiProblem.Of(StatusCodes.Status413PayloadTooLarge, "too_large", "The body has at most 64 KB.");
        using var document = UntrustedJson.Read(bytes);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root })
            return ApiProblem.Of(StatusCodes.Status400BadRequest, "malformed", "The body is not a JSON object.");
        if (Faults<T>(root) is { } fault)
            return ApiAnswer.Refuse(http, fault);
        try
        {
            return await handle(root.Deserialize<T>(ApiJson.Options)!, root);
        }
        catch (JsonException mismatch)
        {
            return ApiAnswer.Refuse(
                http,
                new AdminOutcome.Invalid(FieldOf(mismatch.Path), "has another type of value.")
            );
        }
    }

    /// <summary>The bytes of the body; null when there are too many. They can be read again.</summary>
    public static async Task<byte[]?> ReadBytesAsync(HttpContext http)
    {
        http.Request.EnableBuffering(MaxBytes, MaxBytes + 1);
        try
        {
            using MemoryStream all = new();
            http.Request.Body.Position = 0;
            await http.Request.Body.CopyToAsync(all, http.RequestAborted);
            http.Request.Body.Position = 0;
            return all.Length <= MaxBytes ? all.ToArray() : null;
        }
        catch (Exception tooLong)
            when (tooLong is IOException && !http.RequestAborted.IsCancellationRequested
                || tooLong is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }
            )
        {
            return null;
        }
    }

    // Every member that is unknown or missing, each by its name: the serializer would name one.
    private static AdminOutcome.Invalid? Faults<T>(JsonElement root)
    {
        var properties = ApiJson.Options.GetTypeInfo(typeof(T)).Properties;
        AdminOutcome.Invalid[] faults =
        [
            .. root.EnumerateObject()
                .Where(member => properties.All(property => property.Name != member.Name))
                .Select(static member => new AdminOutcome.Invalid(member.Name, "is not a member of this.")),
            .. properties
                .Where(property => property.IsRequired && !IsGiven(root, property.Name))
                .Select(static property => new AdminOutcome.Invalid(property.Name, "is required.")),
        ];
        return faults.Length == 0 ? null : faults[0] with { More = faults[1..] };
    }

    private static bool IsGiven(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    // $.labels.en becomes labels.en.
    private static string FieldOf(string? path) => path is { Length: > 2 } ? path[2..] : "body";
}
