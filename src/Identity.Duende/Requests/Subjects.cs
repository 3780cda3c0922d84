using System.Globalization;
using System.Security.Claims;

namespace Identity.DuendeHost.Requests;

/// <summary>The principal that Duende expects of whoever signed in. Nothing is issued from it: tokens are written from
/// what the statement read.</summary>
internal static class Subjects
{
    public static ClaimsPrincipal Of(string subject, DateTimeOffset authTime, IEnumerable<string> amr) =>
        new(
            new ClaimsIdentity(
                [
                    new("sub", subject),
                    new("idp", "local"),
                    new("auth_time", authTime.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
                    .. amr.Select(static method => new Claim("amr", method)),
                ],
                "identity",
                "sub",
                "role"
            )
        );
}
