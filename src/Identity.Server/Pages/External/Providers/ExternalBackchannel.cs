namespace Identity.Server.Pages.External.Providers;

/// <summary>The HTTP client for calls to other providers: no redirects, no cookies, limits on time and size. Their
/// addresses come from the operator or are documented by the provider, so private networks are allowed, unlike for
/// addresses that clients register.</summary>
internal sealed class ExternalBackchannel(HttpMessageHandler handler, TimeSpan timeout) : IDisposable
{
    /// <summary>For a whole answer.</summary>
    public static readonly TimeSpan MaxCallTime = TimeSpan.FromSeconds(10);

    private const int MaxBytes = 1024 * 1024;

    /// <summary>GitHub refuses calls without a User-Agent.</summary>
    private const string UserAgent = "identity";

    public ExternalBackchannel()
        : this(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = MaxCallTime,
                MaxResponseHeadersLength = 64,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            },
            MaxCallTime
        ) { }

    public HttpClient Client { get; } =
        new(handler)
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = MaxBytes,
            DefaultRequestHeaders = { { "User-Agent", UserAgent } },
        };

    public void Dispose() => Client.Dispose();
}
