using Identity.Benchmarks.Database;

// Each command is a measurement of its own; none is part of the tests.
switch (args)
{
    case ["db", .. var rest]:
        return await DatabaseScale.RunAsync(rest);
    default:
        await Console.Error.WriteLineAsync("usage: Identity.Benchmarks db [--users N] [--sessions N] [--events N]");
        return 2;
}
