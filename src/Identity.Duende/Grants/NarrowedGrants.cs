namespace Identity.DuendeHost.Grants;

/// <summary>A part of a grant (RFC 8707 section 2.2) is not handed out by this host: the request is refused before
/// anything is claimed.</summary>
internal static class NarrowedGrants
{
    public static bool IsAsked(HttpContext http, Redemptions redemptions)
    {
        if (http.Request.Form["resource"].Count == 0)
            return false;
        redemptions.Refuse(
            new(
                nameof(NarrowedGrants),
                "invalid_target",
                "This provider does not narrow a grant to a resource.",
                "no resource",
                "one"
            )
        );
        return true;
    }
}
