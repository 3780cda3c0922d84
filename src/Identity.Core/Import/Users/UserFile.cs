using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace Identity.Core.Import.Users;

/// <summary>The formats of a file of people.</summary>
public enum UserFileFormat
{
    /// <summary>One JSON object per line.</summary>
    JsonLines,

    /// <summary>RFC 4180 with a header line.</summary>
    Csv,

    /// <summary>One object with a list <c>users</c>: a Keycloak realm export or a Firebase export.</summary>
    Json,

    /// <summary>RFC 2849, as LDAP directories export it.</summary>
    Ldif,
}

/// <summary>Reads the rows of a file of any length. A row that cannot be read carries its fault.</summary>
internal static class UserFile
{
    /// <summary>Longest row, in bytes.</summary>
    public const int MaxRow = 64 * 1024;

    /// <summary>Largest file of the format <see cref="UserFileFormat.Json"/>, which is read into memory: 256
    /// MiB.</summary>
    public const long MaxJson = 256L * 1024 * 1024;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>The rows in order.</summary>
    /// <exception cref="InvalidDataException">The file as a whole cannot be read.</exception>
    public static IAsyncEnumerable<RawRow> ReadAsync(
        Stream stream,
        UserFileFormat format,
        CancellationToken cancellationToken
    ) =>
        format switch
        {
            UserFileFormat.Csv => ReadCsvAsync(stream, cancellationToken),
            UserFileFormat.Json => ReadJsonAsync(stream, cancellationToken),
            UserFileFormat.Ldif => LdifRows.ReadAsync(stream, cancellationToken),
            _ => ReadLinesAsync(stream, cancellationToken),
        };

    /// <summary>A row without fields, for what cannot be read.</summary>
    public static RawRow Unreadable(long line, string fault) => new(line, new Dictionary<string, string>(), fault);

    private static async IAsyncEnumerable<RawRow> ReadLinesAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        BoundedLines lines = new(stream, MaxRow);
        for (long number = 1; await lines.NextAsync(cancellationToken) is var (bytes, tooLong); number++)
        {
            if (tooLong)
                yield return Unreadable(number, $"longer than {MaxRow} bytes.");
            else
            {
                var text = number == 1 && bytes.AsSpan().StartsWith(ByteOrderMark) ? bytes.AsMemory(3) : bytes;
                if (!text.Span.Trim(" \t"u8).IsEmpty)
                    yield return JsonRows.Read(number, text);
            }
        }
    }

    private static async IAsyncEnumerable<RawRow> ReadJsonAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (stream.CanSeek && stream.Length > MaxJson)
            throw new InvalidDataException("A JSON document of more than 256 MiB: make JSON Lines of it.");
        using var document = await ParseAsync(stream, cancellationToken);
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("users", out var users)
            || users.ValueKind != JsonValueKind.Array
        )
            throw new InvalidDataException("The JSON document has no list 'users'.");
        long number = 0;
        foreach (var user in users.EnumerateArray())
            yield return JsonRows.Read(++number, Encoding.UTF8.GetBytes(user.GetRawText()));
    }

    private static async Task<JsonDocument> ParseAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonDocument.ParseAsync(stream, default, cancellationToken);
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"Not JSON: line {malformed.LineNumber + 1}.", malformed);
        }
    }

    private static async IAsyncEnumerable<RawRow> ReadCsvAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using StreamReader text = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: false));
        using CsvParser parser = new(
            text,
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                DetectDelimiter = true,
                DetectDelimiterValues = [",", ";", "\t"],
                BadDataFound = null,
                MaxFieldSize = MaxRow,
            }
        );
        var names = await NextAsync(parser) ? parser.Record!.Select(UserFields.NameOf).ToArray() : [];
        if (!names.Contains(UserFields.Email))
            throw new InvalidDataException("The first line of the CSV file names no column 'email'.");
        while (await NextAsync(parser))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return CsvRow(parser.RawRow, names, parser.Record!);
        }
    }

    private static RawRow CsvRow(long line, string?[] names, string[] record)
    {
        if (record.Length != names.Length)
            return Unreadable(line, $"has {record.Length} columns instead of {names.Length}.");
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        for (var column = 0; column < names.Length; column++)
        {
            if (names[column] is { } name && record[column].Length > 0)
                fields[name] = name is UserFields.Roles or UserFields.Groups
                    ? record[column].Replace('|', '\n')
                    : record[column];
        }
        return new(line, fields);
    }

    // A field beyond the limit is most often an unclosed quotation mark, after which rows cannot be separated.
    private static async Task<bool> NextAsync(CsvParser parser)
    {
        try
        {
            return await parser.ReadAsync();
        }
        catch (CsvHelperException unreadable)
        {
            throw new InvalidDataException(
                $"The CSV file cannot be read beyond line {parser.RawRow}: is a quotation mark never closed?",
                unreadable
            );
        }
    }
}
