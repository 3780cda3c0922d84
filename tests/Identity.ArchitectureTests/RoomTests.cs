using Identity.Testing;

namespace Identity.ArchitectureTests;

/// <summary>Dependencies point one way, and rooms see only the rooms on the list.</summary>
public sealed class RoomTests
{
    private static readonly IReadOnlySet<(string From, string To)> Seen = Room.Seen(CompiledHouse.Product.Uses);

    [Fact]
    public void Rooms_see_only_the_rooms_on_the_list()
    {
        var allowed = Room.Allowed();

        var missing = Seen.Where(pair => !allowed.Any(line => Room.Covers(line, pair)))
            .Select(pair =>
                $"not on the list: {pair.From} -> {pair.To}, by {Witness(pair)}. Is it wanted? Then add this line to "
                + $"{Room.ListFile}."
            );
        var stale = allowed
            .Where(line => !Seen.Any(pair => Room.Covers(line, pair)))
            .Select(pair => $"no longer true: {pair.From} -> {pair.To}. Take it out of {Room.ListFile}.");

        Rule.Holds(missing.Concat(stale));
    }

    [Fact]
    public void No_room_depends_on_itself_by_way_of_others() => Assert.Null(Room.Cycle(Seen));

    [Fact]
    public void Dependencies_point_from_the_host_to_the_primitives() =>
        Rule.Holds(Layers.Breaches(Seen).Select(pair => $"{pair.From} -> {pair.To}, by {Witness(pair)}"));

    [Fact]
    public void Core_knows_neither_ASP_NET_nor_the_protocol_engine()
    {
        var uses = CompiledHouse.Product.Uses.Where(use => use.FromRoom.StartsWith("Core.", StringComparison.Ordinal));

        Rule.Holds(uses.Where(use => Layers.IsWeb(use.Library)).Select(use => $"{use.From} uses {use.To}"));
    }

    [Fact]
    public void The_list_is_sorted_and_says_each_thing_once()
    {
        var lines = File.ReadLines(Repository.PathOf(Room.ListFile))
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToList();

        Assert.Equal(lines.Distinct().Order(StringComparer.Ordinal), lines);
    }

    // ---- that the rules can fail ----

    [Fact]
    public void A_cycle_is_found_and_named() =>
        Assert.Equal(
            "A -> B -> C -> A",
            Room.Cycle(new HashSet<(string, string)> { ("A", "B"), ("B", "C"), ("C", "A"), ("C", "D") })
        );

    [Theory]
    [InlineData("Core.Users -> Core.Audit", "Core.Users", "Core.Audit", true)]
    [InlineData("Core.Users -> Core.Audit", "Core.Audit", "Core.Users", false)]
    [InlineData("Core.Users -> Core.Audit", "Core.UsersAndMore", "Core.Audit", false)]
    [InlineData("Core.* -> Core.Data", "Core.Users", "Core.Data", true)]
    [InlineData("Core.* -> Core.Data", "Server.Pages", "Core.Data", false)]
    [InlineData("Server.Hosting -> *", "Server.Hosting", "Core.Users", true)]
    public void A_line_of_the_list_covers_what_it_says(string line, string from, string to, bool covers) =>
        Assert.Equal(covers, Room.Covers(Room.Allowed([line]).Single(), (from, to)));

    [Theory]
    [InlineData("Server.Pages", "Server.Protocol", true)]
    [InlineData("Server.Protocol", "Server.Pages", true)]
    [InlineData("Server.Browser", "Server.Pages", true)]
    [InlineData("Server.Pages", "Server.Admin", true)]
    [InlineData("Server.Presentation", "Server.Admin", true)]
    [InlineData("Server.Admin", "Server.Presentation", false)]
    [InlineData("Server.Pages", "Server.Hosting", true)]
    [InlineData("Core.Users", "Server.Browser", true)]
    [InlineData("Core.Data", "Core.Users", true)]
    [InlineData("Core.Primitives", "Core.Data", true)]
    [InlineData("Server.Hosting", "Server.Protocol", false)]
    [InlineData("Server.Commands", "Core.Users", false)]
    [InlineData("Server.Pages", "Server.Browser", false)]
    [InlineData("Core.Users", "Core.Data", false)]
    [InlineData("Core.Data", "Core.Primitives", false)]
    public void The_layers_are_what_the_architecture_says(string from, string to, bool breach) =>
        Assert.Equal(breach, Layers.Breaches(new HashSet<(string, string)> { (from, to) }).Any());

    [Theory]
    [InlineData("Identity.Core.Users.UserStore", "Core.Users")]
    [InlineData("Identity.Server.Protocol.Extensions.Dpop.DpopKey", "Server.Protocol")]
    [InlineData("AspNetCoreGeneratedDocument.Pages_SignIn", "Server.Pages")]
    [InlineData("AspNetCoreGeneratedDocument.Admin_Console_Shell_Overview", "Server.Admin")]
    [InlineData("Program", "Server.Program")]
    [InlineData("System.String", "")]
    public void A_type_is_in_the_room_of_its_folder(string type, string room) => Assert.Equal(room, Room.Of(type));

    [Theory]
    [InlineData(nameof(Samples.SeenInALocal))]
    [InlineData(nameof(Samples.SeenInAGenericArgument))]
    [InlineData(nameof(Samples.SeenInAnAttribute))]
    [InlineData(nameof(Samples.SeenInALambda))]
    [InlineData(nameof(Samples.SeenInAStateMachine))]
    [InlineData(nameof(Samples.SeenAsABase))]
    public void A_use_is_seen_wherever_it_hides(string from) =>
        Assert.Contains(
            CompiledHouse.Tests.Uses,
            use =>
                use.From == "Identity.ArchitectureTests.Samples." + from
                && use.To.StartsWith("Identity.ArchitectureTests.Samples.Used", StringComparison.Ordinal)
        );

    private static string Witness((string From, string To) pair) =>
        CompiledHouse
            .Product.Uses.Where(use => use.FromRoom == pair.From && use.ToRoom == pair.To)
            .Select(use => $"{use.From} ({use.To})")
            .Order(StringComparer.Ordinal)
            .First();
}
