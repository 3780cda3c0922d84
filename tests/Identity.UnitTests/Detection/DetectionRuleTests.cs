using System.CommandLine;
using System.Text.RegularExpressions;
using Identity.Core.Detection;
using Identity.Server.Commands;
using Identity.Server.Protocol;

namespace Identity.UnitTests.Detection;

/// <summary>What a rule tells operators to do can be done.</summary>
public sealed partial class DetectionRuleTests
{
    public static TheoryData<string> Names => [.. DetectionRules.All.Select(static rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_command_that_an_advice_names_exists(string name)
    {
        CommandContext context = new(new OpenIddictEngine(), TextReader.Null, TextWriter.Null, TextWriter.Null);
        var root = CommandLine.Describe(context);

        foreach (Match named in NamedCommand().Matches(DetectionRules.Find(name)!.Advice))
        {
            Command? command = root;
            foreach (var word in named.Groups[1].Value.Split(' '))
                command = command!.Subcommands.Count == 0 ? command : Find(command, word);
            Assert.True(command?.Action is not null, $"there is no command {named.Value}");
        }
    }

    private static Command? Find(Command parent, string word) =>
        parent.Subcommands.SingleOrDefault(one => one.Name == word);

    // A command has two words at most; what follows one that has no more below it is the sentence.
    [GeneratedRegex("identity ([a-z-]+(?: [a-z-]+)?)")]
    private static partial Regex NamedCommand();
}
