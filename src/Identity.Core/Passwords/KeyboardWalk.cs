using System.Collections.Frozen;

namespace Identity.Core.Passwords;

/// <summary>Straight walks over the keyboard layouts of the supported languages, with or without shift.</summary>
internal static class KeyboardWalk
{
    // Ordinary words often contain three adjacent keys of one row (power, alert), but rarely of a column or diagonal.
    private const int MinAlongRow = 4;
    private const int MinAcrossRows = 3;

    // A key has the same position with and without shift.
    private static readonly FrozenDictionary<char, (int Row, int Column)>[] Layouts =
    [
        Layout(
            ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"],
            ["!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"", "ZXCVBNM<>?"]
        ),
        Layout(
            ["1234567890ß", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"],
            ["!\"§$%&/()=?", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", "YXCVBNM;:_"]
        ),
        Layout(
            ["&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"],
            ["1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", "WXCVBN?./§"]
        ),
        Layout(["1234567890-=", "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"], ["!@#$%^&*()_+"]),
    ];

    /// <summary>The number of characters at the beginning of a text that form one walk in one direction; 0 if
    /// none.</summary>
    public static int LengthAt(ReadOnlySpan<char> text)
    {
        var longest = 0;
        foreach (var layout in Layouts)
            longest = Math.Max(longest, LengthAt(text, layout));
        return longest;
    }

    private static int LengthAt(ReadOnlySpan<char> text, FrozenDictionary<char, (int Row, int Column)> layout)
    {
        if (text.Length < MinAcrossRows || Step(text[0], text[1], layout) is not { } direction)
            return 0;
        var length = 2;
        while (length < text.Length && Step(text[length - 1], text[length], layout) == direction)
            length++;
        return length >= (direction.Rows == 0 ? MinAlongRow : MinAcrossRows) ? length : 0;
    }

    private static (int Rows, int Columns)? Step(
        char from,
        char to,
        FrozenDictionary<char, (int Row, int Column)> layout
    )
    {
        if (!layout.TryGetValue(from, out var start) || !layout.TryGetValue(to, out var end))
            return null;
        var step = (end.Row - start.Row, end.Column - start.Column);
        return step is (0, 1 or -1) or (1 or -1, 0) or (1, -1) or (-1, 1) ? step : null;
    }

    private static FrozenDictionary<char, (int Row, int Column)> Layout(string[] plain, string[] shifted)
    {
        Dictionary<char, (int, int)> keys = [];
        foreach (var rows in new[] { plain, shifted })
        {
            for (var row = 0; row < rows.Length; row++)
            {
                for (var column = 0; column < rows[row].Length; column++)
                    keys.TryAdd(rows[row][column], (row, column));
            }
        }
        return keys.ToFrozenDictionary();
    }
}
