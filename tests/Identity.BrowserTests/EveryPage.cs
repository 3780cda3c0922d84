namespace Identity.BrowserTests;

/// <summary>The pages that people meet, by address. An architecture test finds a page that is missing here.</summary>
internal static class EveryPage
{
    /// <summary>Pages of the provider for whoever comes.</summary>
    public static readonly IReadOnlyList<string> Open =
    [
        "/",
        "/sign-in",
        "/register",
        "/check-mail",
        "/verify-email",
        "/forgot-password",
        "/forgot-password?sent",
        "/reset-password",
        "/revert-email",
        "/secure-account",
        "/invitation",
        "/dev/mailbox",
        "/signed-out",
        "/account-deleted",
        "/sign-out",
        "/error",
        "/no-such-page",
        "/connect/authorize",
        "/connect/authorize?client_id=webapp",
        "/device?done=allowed",
        "/device?done=gone",
        "/sign-in?passkey=refused",
        "/sign-in/code",
        "/choose-account",
        "/external/link",
        "/external/failed?reason=unreachable",
    ];

    /// <summary>Pages of the provider for the person who is signed in.</summary>
    public static readonly IReadOnlyList<string> Account =
    [
        "/account",
        "/account/profile",
        "/account/email",
        "/account/password",
        "/account/two-factor",
        "/account/two-factor/set-up",
        "/confirm-identity",
        "/account/sessions",
        "/account/secure",
        "/device",
        "/account/requests",
        "/account/apps",
        "/account/tokens",
        "/account/activity",
        "/account/export",
        "/account/delete",
        "/sign-out",
        "/account/passkeys",
        "/sign-in/passkey",
        "/account/external",
    ];

    /// <summary>Pages of the console for an administrator; <c>{id}</c> is a person,
    /// <c>{alert}</c> an alert, <c>{webhook}</c> a webhook.</summary>
    public static readonly IReadOnlyList<string> Console =
    [
        "/admin",
        "/admin/second-factor",
        "/admin/people",
        "/admin/people?q=nobody-has-this",
        "/admin/people/new",
        "/admin/invitations",
        "/admin/people/{id}",
        "/admin/people/{id}/profile",
        "/admin/people/{id}/activity",
        "/admin/groups",
        "/admin/roles",
        "/admin/attributes",
        "/admin/attributes/edit?name=department",
        "/admin/apps",
        "/admin/apps/new",
        "/admin/apps/app?id=webapp",
        "/admin/apps/app?id=stored",
        "/admin/apps/edit?id=stored",
        "/admin/scopes",
        "/admin/scopes/new",
        "/admin/claims",
        "/admin/alerts",
        "/admin/alerts/alert?id={alert}",
        "/admin/audit",
        "/admin/denials",
        "/admin/mail",
        "/admin/deliveries",
        "/admin/webhooks",
        "/admin/webhooks/new",
        "/admin/webhooks/webhook?id={webhook}",
        "/admin/webhooks/edit?id={webhook}",
        "/admin/keys",
        "/admin/settings",
    ];

    /// <inheritdoc cref="OpenForms" />
    public static readonly IReadOnlyList<string> ConsoleForms =
    [
        "/admin/apps/new",
        "/admin/scopes/new",
        "/admin/attributes",
        "/admin/webhooks/new",
    ];

    /// <summary>Of those, the ones whose form may be sent empty.</summary>
    public static readonly IReadOnlyList<string> OpenForms =
    [
        "/sign-in",
        "/register",
        "/forgot-password",
        "/check-mail",
        "/sign-in/code",
    ];

    /// <inheritdoc cref="OpenForms" />
    public static readonly IReadOnlyList<string> AccountForms =
    [
        "/account/email",
        "/account/password",
        "/account/two-factor/set-up",
        "/account/delete",
        "/confirm-identity",
    ];

    /// <summary>Pages that an address alone does not open: they need a code, a pending step or a row. Journeys and the
    /// integration tests lead to them.</summary>
    public static readonly IReadOnlyList<string> ByJourney =
    [
        "/account/email/confirm",
        "/account/two-factor/codes",
        "/confirm-sign-in",
        "/consent",
        "/dev/mailbox/{id}",
        "/external/start",
        "/magic-link",
        "/sign-in/code",
        "/sign-in/link",
        "/two-factor",
        "/verify-first",
        "/admin/alerts/alert",
        "/admin/claims/edit",
        "/admin/groups/{id}",
        "/admin/roles/{id}",
        "/admin/scopes/edit",
    ];

    /// <summary>Pages of the sample for the person who is signed in.</summary>
    public static readonly IReadOnlyList<string> WebApp =
    [
        "/",
        "/Claims",
        "/call-api",
        "/vault?stepped=true",
        "/Refresh",
        "/signed-out",
        "/declined",
    ];
}
