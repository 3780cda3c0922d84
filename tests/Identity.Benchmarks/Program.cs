using Identity.Benchmarks.Database;
using Identity.Benchmarks.SignIns;
using Identity.Benchmarks.Tokens;

// Each command is a measurement of its own; none is part of the tests.
switch (args)
{
    case ["db", .. var rest]:
        return await DatabaseScale.RunAsync(rest);
    case ["tokens", .. var rest]:
        return await TokenBenchmark.RunAsync(rest);
    case ["sign-ins", .. var rest]:
        return await SignInBenchmark.RunAsync(rest);
    default:
        await Console.Error.WriteLineAsync(
            "usage: Identity.Benchmarks db [--users N] [--sessions N] [--events N] | tokens [--rounds N] [--seconds "
                + "N] | sign-ins [--people N]"
        );
        return 2;
}
