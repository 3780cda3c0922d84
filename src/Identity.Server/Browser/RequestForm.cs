using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Identity.Server.Browser;

/// <summary>What reading the body of a request as a form found.</summary>
internal abstract record FormReading
{
    /// <summary>The body is no form, or there is none. Whoever takes other bodies reads them.</summary>
    internal sealed record None : FormReading;

    /// <summary>It is read, and stands in <see cref="HttpRequest.Form"/>: nobody reads it a second time by another
    /// rule.</summary>
    /// <param name="Mended">The fields from which something unsound was taken out.</param>
    internal sealed record Ready(IReadOnlyList<string> Mended) : FormReading;

    /// <param name="Status">The status of the answer, where the endpoint has no error of its own.</param>
    /// <param name="Problem">What is wrong, in words that hold nothing of the request.</param>
    /// <param name="IsText">Whether a character in it is the reason.</param>
    internal sealed record Refused(int Status, string Problem, bool IsText = false) : FormReading;
}

/// <summary>Reads the form of a request, for pages and protocol alike.</summary>
internal static class RequestForm
{
    /// <summary>The most bytes of a form (DO-2).</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The content type of a form.</summary>
    public const string FormType = "application/x-www-form-urlencoded";

    // Escapes are ASCII, and what they spell is UTF-8 (WHATWG URL section 5.1). Some libraries send the name of their
    // platform's charset along; an encoding in which ASCII means something else is refused.
    private static readonly string[] Charsets = ["utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252"];

    /// <summary>Reads the form, where the request has one.</summary>
    public static async Task<FormReading> ReadAsync(HttpRequest request, FormRules rules)
    {
        if (request.ContentType is not { Length: > 0 } text)
            return new FormReading.None();
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
        // One byte more than may come, so that the end is seen.
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
            // A secret or a code may have passed through it.
            CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FormReading.Refused TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, "The form is too large.");

    private static FormReading.Refused Unsupported(string problem) =>
        new(StatusCodes.Status415UnsupportedMediaType, problem);
}
