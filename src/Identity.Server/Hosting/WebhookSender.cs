using System.Net.Http.Headers;
using Identity.Core.Primitives;
using Identity.Core.Webhooks;
using Identity.Server.Protocol.Requests.Outbound;
using Microsoft.Extensions.Options;

namespace Identity.Server.Hosting;

/// <summary>Posts events to webhook endpoints with the limits of every call outside: no redirect, a few seconds, an
/// answer of 8 KiB, public or allowed addresses only.</summary>
internal sealed class WebhookSender(OutboundAddresses addresses, IOptions<WebhookOptions> options)
    : IWebhookSender,
        IDisposable
{
    private const int MaxBytes = 8 * 1024;

    private readonly HttpClient _http = OutboundHttp.Create(addresses.MayConnect, options.Value.Timeout, MaxBytes);

    public void Dispose() => _http.Dispose();

    public bool IsCallable(Uri address) => OutboundHttp.IsCallable(address);

    public async Task<WebhookAnswer> SendAsync(Uri address, WebhookRequest request, CancellationToken cancellationToken)
    {
        if (!IsCallable(address))
            return new(null, "the address is neither https nor http on this machine", Reachable: false);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new ByteArrayContent(request.Body),
            };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            message.Headers.Add("webhook-id", request.Id);
            message.Headers.Add("webhook-timestamp", request.Timestamp);
            message.Headers.Add("webhook-signature", request.Signature);
            using var response = await _http.SendAsync(message, cancellationToken);
            return Judge((int)response.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, "no answer in time", Reachable: false);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            return new(
                null,
                failed is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
                    ? "its answer is longer than 8 KiB"
                    : OutboundFailure.WordsOf(failed),
                Reachable: false
            );
        }
    }

    private static WebhookAnswer Judge(int status) =>
        status switch
        {
            >= 200 and < 300 => new(status, null, Reachable: true),
            >= 300 and < 400 => new(status, "it redirects; redirects are not followed", Reachable: true),
            410 => new(status, "it is gone", Reachable: true),
            429 or >= 500 => new(status, "it answered with an error", Reachable: false),
            _ => new(status, "it answered with an error", Reachable: true),
        };
}
