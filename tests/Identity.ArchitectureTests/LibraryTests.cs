using Mono.Cecil;

namespace Identity.ArchitectureTests;

/// <summary>One owner a library, and what types look like.</summary>
public sealed class LibraryTests
{
    // Assembly name (or its beginning, with a star) and the rooms which may use it.
    private static readonly (string Library, string[] Rooms)[] Owners =
    [
        ("BCrypt-Net-Next", ["Core.Passwords"]),
        ("BouncyCastle.Cryptography", ["Core.Passwords"]),
        ("CsvHelper", ["Core.Import"]),
        ("zxcvbn-core", ["Core.Passwords"]),
        ("Otp.NET", ["Core.TwoFactor"]),
        ("QRCoder", ["Core.TwoFactor"]),
        ("MailKit", ["Core.Mail"]),
        ("MimeKit", ["Core.Mail"]),
        ("MaxMind.Db", ["Core.Places"]),
        // Hosting makes the pool and looks at the server before the host takes requests; commands work without a host,
        // and the console shows what one of them, the doctor, finds.
        ("Npgsql", ["Core.Bench", "Core.Data", "Server.Admin", "Server.Hosting", "Server.Commands"]),
        ("StackExchange.Redis", ["Core.Sessions"]),
        ("Microsoft.Extensions.Caching.StackExchangeRedis", ["Core.Sessions"]),
        ("Npgsql.EntityFrameworkCore*", ["Core.Data"]),
        // People lists accounts by whatever filters are set together.
        ("Microsoft.EntityFrameworkCore*", ["Core.Data", "Core.People"]),
        ("Serilog*", ["Server.Hosting"]),
        ("OpenTelemetry*", ["Server.Hosting"]),
        ("OpenIddict*", ["Server.Protocol"]),
        ("Npgsql.OpenTelemetry", ["Server.Hosting"]),
        ("Microsoft.AspNetCore.OpenApi", ["Server.Admin"]),
        ("Microsoft.OpenApi", ["Server.Admin"]),
        ("System.CommandLine", ["Server.Commands", "Server.Program"]),
        ("Microsoft.AspNetCore.Authentication.OpenIdConnect", ["Server.Pages"]),
        // Signatures and keys of tokens: made and checked by the protocol; Pages names the message of the handler
        // above.
        ("Microsoft.IdentityModel*", ["Server.Protocol", "Server.Pages"]),
    ];

    // Rooms write SQL and read its rows, so they know what a row, a parameter's type and a failure are; connections are
    // Data's. Pages read no rows.
    private static readonly string[] NpgsqlForRooms =
    [
        "Npgsql.NpgsqlDataReader",
        "Npgsql.NpgsqlException",
        "Npgsql.PostgresException",
        "NpgsqlTypes.NpgsqlDbType",
    ];

    [Fact]
    public void Every_library_has_one_owner() => Rule.Holds(Breaches(CompiledHouse.Product.Uses));

    [Fact]
    public void Every_library_that_the_product_uses_is_on_the_list() =>
        Rule.Holds(
            CompiledHouse
                .Product.Uses.Where(use => use.FromRoom.Length > 0 && use.ToRoom.Length == 0)
                .Select(use => use.Library)
                .Where(library => !IsFramework(library) && !Owners.Any(owner => Covers(owner.Library, library)))
                .Select(library => $"{library} has no owner: name the room that may use it.")
        );

    [Fact]
    public void Classes_are_sealed_unless_something_inherits_from_them() => Rule.Holds(Open(CompiledHouse.Product));

    [Fact]
    public void Nobody_is_called_Helper_Util_Common_or_Manager() => Rule.Holds(Vague(CompiledHouse.Product));

    [Theory]
    [InlineData("Identity.Server.Pages.SignIn", "BCrypt.Net.BCrypt", "BCrypt-Net-Next", true)]
    [InlineData("Identity.Core.Passwords.PasswordHasher", "BCrypt.Net.BCrypt", "BCrypt-Net-Next", false)]
    [InlineData("Identity.Core.Users.UserStore", "Npgsql.NpgsqlDataReader", "Npgsql", false)]
    [InlineData("Identity.Core.Users.UserStore", "Npgsql.NpgsqlConnection", "Npgsql", true)]
    [InlineData("Identity.Server.Pages.SignIn", "Npgsql.NpgsqlDataReader", "Npgsql", true)]
    [InlineData(
        "Identity.Server.Pages.SignIn",
        "OpenIddict.Abstractions.OpenIddictConstants",
        "OpenIddict.Abstractions",
        true
    )]
    [InlineData("Identity.Server.Hosting.Log", "Serilog.Log", "Serilog.AspNetCore", false)]
    public void A_library_in_a_strange_room_is_found(string from, string to, string library, bool breach) =>
        Assert.Equal(breach, Breaches([new Use(from, to, library)]).Any());

    [Fact]
    public void An_open_class_and_a_vague_name_are_found()
    {
        Assert.Contains(
            Open(CompiledHouse.Tests),
            breach => breach.Contains(nameof(Samples.OpenForNoReason), StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            Open(CompiledHouse.Tests),
            breach => breach.Contains(nameof(Samples.UsedBase), StringComparison.Ordinal)
        );
        Assert.Contains(
            Vague(CompiledHouse.Tests),
            breach => breach.Contains(nameof(Samples.TokenHelper), StringComparison.Ordinal)
        );
    }

    private static IEnumerable<string> Breaches(IEnumerable<Use> uses) =>
        from use in uses
        where use.FromRoom.Length > 0
        from owner in Owners
        where Covers(owner.Library, use.Library)
        where !owner.Rooms.Contains(use.FromRoom)
        where !(use.FromRoom != "Server.Pages" && NpgsqlForRooms.Contains(use.To))
        select $"{use.From} uses {use.To}; {use.Library} belongs to {string.Join(", ", owner.Rooms)}";

    private static bool Covers(string pattern, string library) =>
        pattern[^1] == '*' ? library.StartsWith(pattern[..^1], StringComparison.Ordinal) : library == pattern;

    // Ours, .NET and ASP.NET Core themselves, and the packages of Microsoft that only extend them.
    private static bool IsFramework(string library) =>
        library is "" or "Identity.Core" or "identity" or "Microsoft.AspNetCore" or "Microsoft.CSharp"
        || library.StartsWith("Microsoft.Win32.", StringComparison.Ordinal)
        || library.StartsWith("System.", StringComparison.Ordinal) && library != "System.CommandLine"
        || library.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
        || library.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
            && library != "Microsoft.AspNetCore.Authentication.OpenIdConnect"
        || library.StartsWith("Microsoft.Net.Http", StringComparison.Ordinal);

    private static IEnumerable<string> Open(CompiledHouse house)
    {
        var bases = house
            .Types.Select(type => type.BaseType?.GetElementType().FullName)
            .ToHashSet(StringComparer.Ordinal);
        return house
            .Types.Where(type =>
                type.IsClass
                && !type.IsValueType
                && !type.IsSealed
                && !type.IsAbstract
                && !bases.Contains(type.FullName)
            )
            .Where(type => type.FullName != "Program" && type.Namespace != "AspNetCoreGeneratedDocument")
            .Select(type => $"{type.FullName} is open and nothing inherits from it: seal it.");
    }

    private static IEnumerable<string> Vague(CompiledHouse house) =>
        from type in house.Types
        from word in new[] { "Helper", "Util", "Common", "Manager" }
        where type.Name.Contains(word, StringComparison.Ordinal) && !IsTheEnginesWord(type)
        select $"{type.FullName}: say what it does instead of \"{word}\".";

    // Who derives from the framework's or the engine's own "...Manager" has to be one.
    private static bool IsTheEnginesWord(TypeDefinition type) =>
        type.Name.Contains("Manager", StringComparison.Ordinal)
        && type.BaseType is { } parent
        && parent.Name.Contains("Manager", StringComparison.Ordinal)
        && Room.Of(parent.FullName).Length == 0;
}
