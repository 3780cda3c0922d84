using Identity.Core.Grants;
using Identity.Server.Browser;

namespace Identity.Server.Browser;

/// <summary>Reads the authorization request behind a return URL, once per request.</summary>
internal static class AuthorizationRequests
{
    private sealed record Known(string ReturnUrl, AuthorizationContext? Context);

    /// <summary>Null if there is no return URL, or it leads to an ordinary page or is forged.</summary>
    public static async Task<AuthorizationContext?> ReadAuthorizationAsync(this HttpContext http, string? returnUrl)
    {
        if (LocalUrl.OrNull(returnUrl) is not { } local)
            return null;
        if (http.Items[typeof(Known)] is Known known && known.ReturnUrl == local)
            return known.Context;
        var interaction = http.RequestServices.GetService<IAuthorizationInteraction>();
        var context = interaction is null
            ? null
            : await interaction.ReadAsync(local, http.ReadRequestContext().IpAddress, http.RequestAborted);
        http.Items[typeof(Known)] = new Known(local, context);
        return context;
    }
}
