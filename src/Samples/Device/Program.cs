using System.Net;
using QRCoder;
using Samples.Device;

// A device without a keyboard: it shows a code and waits until somebody has typed it elsewhere. Arguments: the issuer,
// the client_id, the scopes.
var issuer = args.ElementAtOrDefault(0) ?? "http://localhost:5000";
var clientId = args.ElementAtOrDefault(1) ?? "device";
var scope = args.ElementAtOrDefault(2) ?? "openid profile offline_access";

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
http.DefaultRequestHeaders.UserAgent.ParseAdd("SampleDevice/1.0 (Linux)");

try
{
    var provider = await Provider.DiscoverAsync(http, issuer, stop.Token);
    var request = await provider.AskAsync(clientId, scope, stop.Token);
    Console.WriteLine();
    Console.WriteLine($"  Open  {request.VerificationUri}");
    Console.WriteLine($"  Type  {request.UserCode}");
    Console.WriteLine();
    // The QR code contains the code too; the page still asks the person to compare it with this one.
    using QRCodeData picture = QRCodeGenerator.GenerateQrCode(
        request.VerificationUriComplete ?? request.VerificationUri,
        QRCodeGenerator.ECCLevel.L
    );
    using AsciiQRCode lines = new(picture);
    Console.WriteLine(lines.GetGraphicSmall(drawQuietZones: true));
    Console.WriteLine("  Waiting ...");

    switch (await provider.WaitAsync(clientId, request, stop.Token))
    {
        case DeviceOutcome.Granted granted:
            var person = await provider.WhoAsync(granted.AccessToken, stop.Token);
            Console.WriteLine(
                $"  Connected: {person}. Scopes: "
                    + $"{granted.Scope}.{(granted.HasRefreshToken ? " It may go on while you are away." : "")}"
            );
            return 0;
        case DeviceOutcome.Refused { Error: "access_denied" }:
            Console.WriteLine("  Turned away.");
            return 1;
        case DeviceOutcome.Refused { Error: "expired_token" }:
            Console.WriteLine("  The code is too old. Start again for a new one.");
            return 1;
        case DeviceOutcome.Refused refused:
            Console.Error.WriteLine($"  The provider refused: {refused.Error}.");
            return 1;
    }
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (HttpRequestException failure)
{
    Console.Error.WriteLine(
        failure.StatusCode is HttpStatusCode.NotFound or null
            ? $"  {issuer} does not answer: {failure.Message}"
            : $"  {failure.Message}"
    );
    return 1;
}
