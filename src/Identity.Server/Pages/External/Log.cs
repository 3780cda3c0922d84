namespace Identity.Server.Pages.External;

internal static partial class Log
{
    [LoggerMessage(9501, LogLevel.Warning, "A sign-in by {Scheme} came back and failed: {Failure}")]
    public static partial void ExternalSignInFailed(ILogger logger, string scheme, string failure);

    [LoggerMessage(9502, LogLevel.Warning, "The provider behind {Scheme} cannot be reached")]
    public static partial void ExternalProviderUnreachable(ILogger logger, string scheme, Exception exception);
}
