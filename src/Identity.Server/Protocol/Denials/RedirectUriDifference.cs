using System.Text;

namespace Identity.Server.Protocol.Denials;

/// <summary> Shows an operator where a redirect_uri differs from the most similar registered one. The comparison itself
/// stays exact (RFC 6749 3.1.2.3, RFC 9700 4.1.3); this only explains its result, because "does not match" alone is
/// hard to debug.
/// </summary>
internal static class RedirectUriDifference
{
    private const int MaxComparedLength = 400;

    /// <summary>The registered address with the smallest edit distance; null if none is registered.</summary>
    public static string? Nearest(string received, IEnumerable<string> registered) =>
        registered
            .OrderBy(candidate => Distance(Cut(received), Cut(candidate)))
            .ThenBy(static candidate => candidate, StringComparer.Ordinal)
            .FirstOrDefault();

    /// <summary>Three lines: expected, received, and a caret below each received character that differs or is
    /// missing.</summary>
    public static string Mark(string expected, string received)
    {
        expected = Cut(expected);
        received = Cut(received);
        var (expectedLine, receivedLine, marks) = Align(expected, received);
        return $"expected  {expectedLine}\nreceived  {receivedLine}\n          {marks}";
    }

    // Both lines are padded with a middle dot where the other has an extra character, so that the following characters
    // align.
    private static (string Expected, string Received, string Marks) Align(string expected, string received)
    {
        var costs = Costs(expected, received);
        StringBuilder above = new(),
            below = new(),
            marks = new();
        for (int i = expected.Length, j = received.Length; i > 0 || j > 0; )
        {
            if (i > 0 && j > 0 && costs[i, j] == costs[i - 1, j - 1] + (expected[i - 1] == received[j - 1] ? 0 : 1))
                Step(expected[--i], received[--j]);
            else if (i > 0 && costs[i, j] == costs[i - 1, j] + 1)
                Step(expected[--i], '·');
            else
                Step('·', received[--j]);
        }

        return (Reversed(above), Reversed(below), Reversed(marks).TrimEnd());

        void Step(char up, char down)
        {
            above.Append(Visible(up));
            below.Append(Visible(down));
            marks.Append(up == down ? ' ' : '^');
        }
    }

    private static int Distance(string left, string right) => Costs(left, right)[left.Length, right.Length];

    private static int[,] Costs(string left, string right)
    {
        var costs = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
            costs[i, 0] = i;
        for (var j = 0; j <= right.Length; j++)
            costs[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = costs[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                costs[i, j] = Math.Min(replaced, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
            }
        }

        return costs;
    }

    // A control character would break the output or the log line (LG-2).
    private static char Visible(char value) => char.IsControl(value) || char.IsSurrogate(value) ? '�' : value;

    private static string Cut(string value) => value.Length <= MaxComparedLength ? value : value[..MaxComparedLength];

    private static string Reversed(StringBuilder builder)
    {
        var characters = builder.ToString().ToCharArray();
        Array.Reverse(characters);
        return new string(characters);
    }
}
