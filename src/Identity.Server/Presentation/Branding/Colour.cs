using System.Globalization;

namespace Identity.Server.Presentation.Branding;

/// <summary>An sRGB colour, each channel 0 to 255.</summary>
internal readonly record struct Colour(int Red, int Green, int Blue)
{
    public static Colour White { get; } = new(255, 255, 255);

    public static Colour Black { get; } = new(0, 0, 0);

    /// <summary>The contrast ratio of WCAG 2.2, 1 to 21.</summary>
    public double ContrastWith(Colour other)
    {
        var (one, two) = (Luminance, other.Luminance);
        return (Math.Max(one, two) + 0.05) / (Math.Min(one, two) + 0.05);
    }

    /// <summary>This colour, mixed with another by the smallest amount that gives the contrast with the
    /// background.</summary>
    public Colour ReadableOn(Colour ground, Colour towards, double contrast)
    {
        for (var step = 0; step < 50; step++)
        {
            var moved = Towards(towards, step / 50.0);
            if (moved.ContrastWith(ground) >= contrast)
                return moved;
        }
        return towards;
    }

    /// <summary>The CSS notation.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");

    private double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

    private Colour Towards(Colour other, double share) =>
        new(Mix(Red, other.Red, share), Mix(Green, other.Green, share), Mix(Blue, other.Blue, share));

    private static int Mix(int from, int to, double share) => (int)Math.Round(from + ((to - from) * share));

    private static double Linear(int part)
    {
        var value = part / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
