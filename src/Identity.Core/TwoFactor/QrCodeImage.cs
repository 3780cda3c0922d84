using System.Globalization;
using System.Text;
using QRCoder;

namespace Identity.Core.TwoFactor;

/// <summary>Draws a QR code as SVG on the server, so that its secret is sent to no third party (MF-5).</summary>
internal static class QrCodeImage
{
    private const int QuietZone = 4;

    /// <summary>One path, dark on light in every theme, so that every camera can read it.</summary>
    public static string Svg(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        // QRCoder's matrix includes the quiet zone.
        var rows = code.ModuleMatrix;
        var path = new StringBuilder();
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows.Count; x++)
            {
                if (rows[y][x])
                    path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
            }
        }
        var size = Math.Max(rows.Count, QuietZone);
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" role=\"img\" "
            + "aria-label=\"QR\" shape-rendering=\"crispEdges\">"
            + $"<rect width=\"{size}\" height=\"{size}\" fill=\"#ffffff\"/><path fill=\"#000000\" d=\"{path}\"/></svg>";
    }
}
