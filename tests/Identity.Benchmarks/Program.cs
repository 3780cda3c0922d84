using Identity.Benchmarks.SignIns;
using Identity.Benchmarks.Tokens;

// Each command is a measurement of its own; none is part of the tests.
switch (args)
{
    case ["tokens", .. var rest]:
        return await TokenBenchmark.RunAsync(rest);
    case ["sign-ins", .. var rest]:
        return await SignInBenchmark.RunAsync(rest);
    default:
        await Console.Error.WriteLineAsync(
            "usage: Identity.Benchmarks tokens [--rounds N] [--seconds N] [--workers N] [--work NAMES] [--algorithm "
                + "NAMES] | sign-ins [--people N]"
        );
        return 2;
}
