using Identity.Server.Commands;

return await CommandLine.RunAsync(args, Console.In, Console.Out, Console.Error);

/// <summary>The program. Public only so that the tests' WebApplicationFactory can name it.</summary>
public partial class Program;
