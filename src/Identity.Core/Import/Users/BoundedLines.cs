namespace Identity.Core.Import.Users;

/// <summary>Reads a stream line by line and never holds more than one line of the maximum length.</summary>
internal sealed class BoundedLines(Stream stream, int maxLength)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly List<byte> _line = [];
    private int _at;
    private int _end;

    /// <summary>The bytes of the next line without its line ending; empty with <c>TooLong</c> for a line beyond the
    /// limit, which is skipped; null at the end.</summary>
    public async ValueTask<(byte[] Bytes, bool TooLong)?> NextAsync(CancellationToken cancellationToken)
    {
        _line.Clear();
        var (tooLong, any) = (false, false);
        while (_at < _end || await FillAsync(cancellationToken))
        {
            any = true;
            var rest = _buffer.AsSpan(_at, _end - _at);
            var length = rest.IndexOf((byte)'\n');
            var part = length < 0 ? rest : rest[..length];
            tooLong |= _line.Count + part.Length > maxLength;
            if (!tooLong)
                _line.AddRange(part);
            _at += part.Length + (length < 0 ? 0 : 1);
            if (length >= 0)
                break;
        }
        if (!any)
            return null;
        if (_line.Count > 0 && _line[^1] == '\r')
            _line.RemoveAt(_line.Count - 1);
        return tooLong ? ([], true) : ([.. _line], false);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        (_at, _end) = (0, await stream.ReadAsync(_buffer, cancellationToken));
        return _end > 0;
    }
}
