using Identity.Server.Commands;
using Identity.Server.Protocol;

return await CommandLine.RunAsync(args, new OpenIddictEngine(), Console.In, Console.Out, Console.Error);

/// <summary>The program. Public only so that the tests' WebApplicationFactory can name it.</summary>
public partial class Program;
