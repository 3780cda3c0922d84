using System.Runtime.CompilerServices;
using System.Text;

namespace Identity.Core.Import.Users;

/// <summary>Reads entries of LDIF (RFC 2849): attributes of one line each, folded lines, base64 after two
/// colons.</summary>
internal static class LdifRows
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>One row per entry, numbered by its first line. Entries without an attribute that the import knows, such
    /// as organisational units, are left out.</summary>
    public static async IAsyncEnumerable<RawRow> ReadAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        BoundedLines lines = new(stream, UserFile.MaxRow);
        Entry entry = new();
        for (long number = 1; await lines.NextAsync(cancellationToken) is var (bytes, tooLong); number++)
        {
            if (bytes.Length == 0 && !tooLong)
            {
                if (entry.End() is { } row)
                    yield return row;
            }
            else
                entry.Add(number, tooLong ? null : Decode(bytes));
        }
        if (entry.End() is { } last)
            yield return last;
    }

    private static string? Decode(byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private sealed class Entry
    {
        private readonly List<string> _lines = [];
        private long _first;
        private int _length;
        private string? _fault;

        public void Add(long number, string? line)
        {
            if (_lines.Count == 0)
                _first = number;
            _length += line?.Length ?? 0;
            if (line is null || _length > UserFile.MaxRow)
                _fault = $"not UTF-8, or longer than {UserFile.MaxRow} bytes.";
            else if (line[0] == ' ' && _lines.Count > 0)
                _lines[^1] += line[1..];
            else
                _lines.Add(line);
        }

        public RawRow? End()
        {
            Dictionary<string, string> fields = new(StringComparer.Ordinal);
            foreach (var line in _lines.Where(static line => line[0] != '#'))
                Read(line, fields);
            RawRow? row =
                _fault is not null ? UserFile.Unreadable(_first, _fault)
                : fields.ContainsKey(UserFields.Email) || fields.ContainsKey(UserFields.PasswordHash)
                    ? new(_first, fields)
                : null;
            _lines.Clear();
            (_length, _fault) = (0, null);
            return row;
        }

        // The first value of an attribute counts. "mail;lang-en" is mail; a value by URL ("mail:<") is not read.
        private void Read(string line, Dictionary<string, string> fields)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || UserFields.NameOf(line[..colon].Split(';')[0]) is not { } name)
                return;
            var value = line[(colon + 1)..];
            if (value.StartsWith(':'))
            {
                var bytes = new byte[value.Length];
                var text = Convert.TryFromBase64String(value[1..].Trim(), bytes, out var length)
                    ? Decode(bytes[..length])
                    : null;
                if (text is null)
                    _fault = $"{name}: not base64 of UTF-8 text.";
                fields.TryAdd(name, text ?? "");
            }
            else if (!value.StartsWith('<'))
                fields.TryAdd(name, value.Trim());
        }
    }
}
