using Microsoft.Extensions.Logging;

namespace Identity.Core.Audit;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 7001,
        Level = LogLevel.Information,
        Message = "Audit seal {Number} covers {Rows} events until {Through:O}. MAC {Mac}"
    )]
    public static partial void Sealed(ILogger logger, long number, long rows, DateTimeOffset through, string mac);
}
