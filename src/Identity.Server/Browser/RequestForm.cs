using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Identity.Server.Browser;

/// <summary>The result of reading a request's body as a form.</summary>
internal abstract record FormReading
{
    /// <summary>There is no body or it is not a form. Endpoints that accept other bodies read them.</summary>
    internal sealed record None : FormReading;

    /// <summary>The form was read and is in <see cref="HttpRequest.Form"/>, so that nothing parses it again by other
    /// rules.</summary>
    /// <param name="Mended">The fields from which invalid characters were removed.</param>
    internal sealed record Ready(IReadOnlyList<string> Mended) : FormReading;

    /// <param name="Status">The status of the answer, if the endpoint has no error of its own.</param>
    /// <param name="Problem">The fault, without any content of the request.</param>
    /// <param name="IsText">Whether an invalid character is the reason.</param>
    internal sealed record Refused(int Status, string Problem, bool IsText = false) : FormReading;
}

/// <summary>Reads the form of a request, for pages and protocol alike.</summary>
internal static class RequestForm
{
    /// <summary>The maximum size of a form in bytes (DO-2).</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The content type of a form.</summary>
    public const string FormType = "application/x-www-form-urlencoded";

    // Escapes are ASCII and encode UTF-8 (WHATWG URL section 5.1). Some libraries add the name of their platform's
    // charset; an encoding that is not a superset of ASCII is refused.
    private static readonly string[] Charsets = ["utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252"];

    /// <summary>Reads the form, if the request has one.</summary>
    public static async Task<FormReading> ReadAsync(HttpRequest request, FormRules rules)
    {
        if (request.ContentType is not { Length: > 0 } text)
            return new FormReading.None();
        // As nearly every client sends it: nothing to parse.
        if (string.Equals(text, FormType, StringComparison.Ordinal))
            return await ReadBodyAsync(request, rules);
        if (
            !MediaTypeHeaderValue.TryParse(text, out var type)
            || (
                type.Charset.Length > 0
                && !Charsets.Contains(
                    HeaderUtilities.RemoveQuotes(type.Charset).ToString(),
                    StringComparer.OrdinalIgnoreCase
                )
            )
        )
            return Unsupported("The Content-Type is malformed, or its charset is not UTF-8.");
        if (type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return Unsupported($"A form is sent as {FormType}.");
        return type.MediaType.Equals(FormType, StringComparison.OrdinalIgnoreCase)
            ? await ReadBodyAsync(request, rules)
            : new FormReading.None();
    }

    private static async Task<FormReading> ReadBodyAsync(HttpRequest request, FormRules rules)
    {
        if (request.ContentLength > MaxBytes)
            return TooLarge();
        // One byte more than the limit, to detect a body that is too long.
        var most = (int)(request.ContentLength ?? MaxBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(most + 1);
        var length = 0;
        try
        {
            int read;
            while (
                length <= most
                && (
                    read = await request.Body.ReadAsync(
                        buffer.AsMemory(length, most + 1 - length),
                        request.HttpContext.RequestAborted
                    )
                ) > 0
            )
                length += read;
            if (length > most)
                return TooLarge();
            var form = FormText.Parse(buffer.AsSpan(0, length), rules);
            if (form is FormText.Refused refused)
                return new FormReading.Refused(StatusCodes.Status400BadRequest, refused.Problem, refused.IsText);
            var (parameters, mended) = (FormText.Read)form;
            request.Form = new FormCollection(parameters);
            return new FormReading.Ready(mended);
        }
        finally
        {
            // It may have contained a secret or a code.
            CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FormReading.Refused TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, "The form is too large.");

    private static FormReading.Refused Unsupported(string problem) =>
        new(StatusCodes.Status415UnsupportedMediaType, problem);
}
