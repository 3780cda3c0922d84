using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Samples.WebApp.Pages;

[IgnoreAntiforgeryToken]
public sealed class ErrorModel(Provider provider) : PageModel
{
    private Exception? Exception => HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error;

    public string Authority => provider.Authority;

    /// <summary>The discovery document or an endpoint could not be reached.</summary>
    public bool ProviderIsAway => Causes(Exception).Any(cause => cause is HttpRequestException or IOException);

    /// <summary>The provider's error instead of a sign-in.</summary>
    public string? Reason =>
        Exception is AuthenticationFailureException failure ? failure.InnerException?.Message ?? failure.Message : null;

    public void OnGet() { }

    public void OnPost() { }

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }
}
