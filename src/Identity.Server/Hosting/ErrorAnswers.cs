using System.Globalization;
using Identity.Core.Data;
using Identity.Core.Keys;
using Identity.Server.Browser;
using Identity.Server.Pages.External;
using Microsoft.AspNetCore.Http.Features;

namespace Identity.Server.Hosting;

/// <summary> Gives every failed request an answer that reveals nothing internal except its correlation id (OP-1): the
/// page <c>/error</c> for a browser, JSON for everything else. Covers exceptions, and statuses without a body.
/// </summary>
internal sealed class ErrorAnswers(RequestDelegate next, ILogger<ErrorAnswers> logger)
{
    private const int ClientWentAway = 499;

    /// <summary>The route of the failed request, kept for the log: by then the endpoint is that of the error
    /// page.</summary>
    internal sealed record FailedRoute(string Route);

    public async Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(TellWhenToTryAgain, http);
        FailedRequest failure;
        try
        {
            await next(http);
            if (
                http.Response.HasStarted
                || http.Response.StatusCode < 400
                || http.Response.ContentType is not null
                || http.Response.ContentLength is > 0
            )
                return;
            failure = new(http.Response.StatusCode);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = http.Response.HasStarted ? http.Response.StatusCode : ClientWentAway;
            return;
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            failure = Judge(http, exception);
            http.Response.Clear();
        }

        http.Features.Set(failure);
        http.Features.Set(new FailedRoute(RequestLog.RouteOf(http, http.Request.Path)));
        http.Response.StatusCode = failure.Status;
        if (failure.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = Seconds(wait);
        if (WantsPage(http.Request))
            await DrawPageAsync(http, failure);
        else
            await WriteJsonAsync(http, failure);
    }

    private FailedRequest Judge(HttpContext http, Exception exception)
    {
        var route = RequestLog.RouteOf(http, http.Request.Path);
        switch (exception)
        {
            case BadHttpRequestException refused:
                Log.RequestRefused(logger, refused.Message);
                return new(refused.StatusCode);
            // An invalid form, which throws at the first reader.
            case InvalidDataException or IOException when http.Request.HasFormContentType:
                Log.RequestRefused(logger, "a form that cannot be read");
                return new(StatusCodes.Status400BadRequest);
            case SigningKeyUnavailableException:
                Log.RequestUnavailable(logger, http.Request.Method, route, exception.Message);
                return new(StatusCodes.Status503ServiceUnavailable, DatabaseOutage.RetryAfter);
            // Worth another try and not a bug.
            case var outage when DatabaseOutage.Includes(outage):
                Log.RequestUnavailable(logger, http.Request.Method, route, exception.Message);
                return new(StatusCodes.Status503ServiceUnavailable, DatabaseOutage.RetryAfter);
            default:
                Log.RequestFailed(logger, http.Request.Method, route, exception);
                return new(StatusCodes.Status500InternalServerError);
        }
    }

    // RFC 9110 15.6.4: every 503 says when to retry, whichever part of the pipeline answers.
    private static Task TellWhenToTryAgain(object state)
    {
        var response = ((HttpContext)state).Response;
        if (response.StatusCode == StatusCodes.Status503ServiceUnavailable && response.Headers.RetryAfter.Count == 0)
            response.Headers.RetryAfter = Seconds(DatabaseOutage.RetryAfter);
        return Task.CompletedTask;
    }

    private static string Seconds(TimeSpan wait) => ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    // Browsers ask for text/html when they navigate or post a form, and for */* from a script. Endpoints for apps
    // always answer JSON.
    private static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && (
            !request.Path.StartsWithSegments("/connect", out var rest)
            || rest.StartsWithSegments("/authorize")
            || rest.StartsWithSegments("/end-session")
        )
        && !request.Path.StartsWithSegments("/.well-known")
        && !request.Path.StartsWithSegments("/api")
        && !request.Path.StartsWithSegments("/health");

    private async Task DrawPageAsync(HttpContext http, FailedRequest failure)
    {
        var request = http.Request;
        request.Path = "/error";
        request.QueryString = QueryString.Empty;
        // The page is shown, not posted to: no antiforgery, no form.
        request.Method = HttpMethods.Get;
        request.ContentType = null;
        request.ContentLength = null;
        request.Body = Stream.Null;
        http.Features.Set<IFormFeature>(null);
        request.RouteValues.Clear();
        http.SetEndpoint(null);
        try
        {
            await next(http);
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            Log.ErrorPageFailed(logger, exception);
            http.Response.Clear();
        }

        if (http.Response.HasStarted || http.Response.ContentType is not null)
            return;
        http.Response.StatusCode = failure.Status;
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(
            "<!doctype html><html lang=\"en\"><title>Something went wrong</title><h1>Something went "
                + "wrong</h1><p>Please try again. If it happens again, tell us this number: "
                + $"{http.GetCorrelationId()}</p><p><a href=\"/\">Start again</a></p></html>",
            CancellationToken.None
        );
    }

    private static Task WriteJsonAsync(HttpContext http, FailedRequest failure)
    {
        var id = http.GetCorrelationId();
        if (!http.Request.Path.StartsWithSegments("/connect"))
        {
            return http.Response.WriteAsJsonAsync(
                new
                {
                    type = "about:blank",
                    title = TitleOf(http, failure.Status),
                    status = failure.Status,
                    correlationId = id,
                },
                options: null,
                contentType: "application/problem+json",
                CancellationToken.None
            );
        }

        // RFC 6749 5.2; server_error and temporarily_unavailable as section 4.1.2.1 names them.
        var error = failure.Status switch
        {
            503 or 504 or 429 => "temporarily_unavailable",
            >= 500 => "server_error",
            _ => "invalid_request",
        };
        return http.Response.WriteAsJsonAsync(
            new
            {
                error,
                error_description = TitleOf(http, failure.Status),
                correlation_id = id,
            },
            CancellationToken.None
        );
    }

    private static string TitleOf(HttpContext http, int status) =>
        status switch
        {
            400 when http.Features.Get<UnservedHost>() is { } unserved =>
                $"This host name is not served here; the issuer is {unserved.Issuer}. See Identity:Hosts.",
            400 => "The request is malformed.",
            404 => "There is nothing here.",
            405 => "This method is not taken here.",
            413 => "The request is too large.",
            415 => "This content type is not taken here.",
            429 => "Too many requests. Please wait a little.",
            503 or 504 => "The service is busy. Please try again in a moment.",
            >= 500 => "Something went wrong here.",
            _ => "The request was refused.",
        };
}
