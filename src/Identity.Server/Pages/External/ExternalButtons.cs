namespace Identity.Server.Pages.External;

/// <summary>The buttons of other providers, for <c>_External</c>.</summary>
/// <param name="Providers">Which ones; null for all.</param>
internal sealed record ExternalButtons(string? ReturnUrl, IReadOnlyList<ExternalProvider>? Providers = null);
