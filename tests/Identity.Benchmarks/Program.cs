using Identity.Benchmarks.SignIns;
using Identity.Benchmarks.Tokens;
using Identity.Benchmarks.Wal;

// Each command is a measurement of its own; none is part of the tests.
switch (args)
{
    case ["tokens", .. var rest]:
        return await TokenBenchmark.RunAsync(rest);
    case ["sign-ins", .. var rest]:
        return await SignInBenchmark.RunAsync(rest);
    case ["wal"]:
        return await WalBenchmark.RunAsync();
    default:
        await Console.Error.WriteLineAsync(
            "usage: Identity.Benchmarks tokens [--rounds N] [--seconds N] [--workers N] [--work NAMES] [--algorithm "
                + "NAMES] [--contenders NAMES] | sign-ins [--people N] | wal"
        );
        return 2;
}
