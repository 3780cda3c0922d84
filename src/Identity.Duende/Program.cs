using Identity.DuendeHost;
using Identity.Server.Commands;

return await CommandLine.RunAsync(args, new DuendeEngine(), Console.In, Console.Out, Console.Error);
