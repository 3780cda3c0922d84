namespace Identity.Server.Presentation;

/// <summary> A cookie that is always Secure. The framework's own <c>Always</c> would refuse to work over the plain http
/// of a development machine or behind a proxy that ends TLS, although browsers accept a Secure cookie from localhost
/// (SE-4).
/// </summary>
internal sealed class HostCookieBuilder : CookieBuilder
{
    public HostCookieBuilder(string name)
    {
        Name = name;
        HttpOnly = true;
        IsEssential = true;
        Path = "/";
        SameSite = SameSiteMode.Strict;
        SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    /// <inheritdoc />
    public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
    {
        var options = base.Build(context, expiresFrom);
        options.Secure = true;
        return options;
    }
}
