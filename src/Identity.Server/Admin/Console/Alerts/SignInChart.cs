using System.Globalization;
using System.Text;
using Identity.Core.Monitoring;

namespace Identity.Server.Admin.Console.Alerts;

/// <summary>Sign-ins over time as stacked columns: one SVG path for each outcome, so that a hundred columns stay
/// small.</summary>
internal sealed class SignInChart
{
    public const int Width = 640;
    public const int Height = 160;

    private readonly IReadOnlyList<SignInPoint> _points;

    public SignInChart(IReadOnlyList<SignInPoint> points)
    {
        _points = points;
        Max = Math.Max(1, points.Select(static point => point.Total).DefaultIfEmpty().Max());
    }

    /// <summary>The value of the highest column; 1 where there is none.</summary>
    public long Max { get; }

    public string Succeeded => Columns(static point => (0, point.Succeeded));

    public string Failed => Columns(static point => (point.Succeeded, point.Failed));

    public string Blocked => Columns(static point => (point.Succeeded + point.Failed, point.Blocked));

    // A rectangle for each point with a value: from its base up by its count.
    private string Columns(Func<SignInPoint, (long Base, long Count)> part)
    {
        StringBuilder path = new();
        var column = (double)Width / Math.Max(1, _points.Count);
        for (var index = 0; index < _points.Count; index++)
        {
            var (below, count) = part(_points[index]);
            if (count == 0)
                continue;
            var (x, y, height, width) = (index * column, Height - below * Scale, count * Scale, column * 0.85);
            path.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}v-{height:0.#}h{width:0.#}v{height:0.#}z");
        }
        return path.ToString();
    }

    private double Scale => (double)Height / Max;
}
