using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Identity.IntegrationTests.Interop;

/// <summary>An application behind a proxy: it answers every request with the headers it was sent.</summary>
internal sealed class EchoApplication : IAsyncDisposable
{
    private readonly WebApplication _application;

    private EchoApplication(WebApplication application) => _application = application;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_application.Urls.Single());

    public static async Task<EchoApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(static http =>
            http.Response.WriteAsJsonAsync(
                http.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString())
            )
        );
        await application.StartAsync();
        return new EchoApplication(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
