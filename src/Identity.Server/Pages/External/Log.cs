namespace Identity.Server.Pages.External;

internal static partial class Log
{
    [LoggerMessage(9501, LogLevel.Warning, "A sign-in by {Scheme} came back and failed: {Reason}.")]
    public static partial void ExternalSignInFailed(ILogger logger, string scheme, string reason);

    [LoggerMessage(9502, LogLevel.Warning, "No sign-in by {Scheme} can begin: {Reason}.")]
    public static partial void ExternalProviderUnreachable(ILogger logger, string scheme, string reason);
}
