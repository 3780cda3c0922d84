using System.CommandLine;
using Identity.Core.Administration;
using Identity.Core.Audit;
using Identity.Server.Commands;
using Identity.Server.Protocol;

namespace Identity.UnitTests.Administration;

public sealed class AdminActionsTests
{
    private static readonly IReadOnlySet<string?> EventTypes = typeof(AuditEventTypes)
        .GetFields()
        .Select(static field => (string?)field.GetRawConstantValue())
        .ToHashSet();

    [Fact]
    public void Every_action_is_listed_once()
    {
        var declared = typeof(AdminActions)
            .GetProperties()
            .Where(static property => property.PropertyType == typeof(AdminAction))
            .Select(static property => ((AdminAction)property.GetValue(null)!).Name);

        Assert.Equal(
            declared.Order(StringComparer.Ordinal),
            AdminActions.All.Select(static action => action.Name).Order(StringComparer.Ordinal)
        );
    }

    public static TheoryData<string> Names => [.. AdminActions.All.Select(static action => action.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_action_has_a_permission_an_audit_event_and_three_faces_or_a_reason(string name)
    {
        var action = AdminActions.All.Single(action => action.Name == name);

        Assert.Contains(action.Permission, AdminPermission.All);
        Assert.True(
            action.EventType is null ? action.Permission.IsRead : EventTypes.Contains(action.EventType),
            $"{name} has no event of the audit log"
        );
        foreach (var face in new[] { action.Page, action.Api, action.Command })
            Assert.True((face.Offer is null) != (face.WhyNot is null), name);
        Assert.True(!action.NeedsProof || action.EventType is not null, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_command_of_an_action_exists(string name)
    {
        if (AdminActions.All.Single(action => action.Name == name).Command.Offer is not { } offer)
            return;
        CommandContext context = new(new OpenIddictEngine(), TextReader.Null, TextWriter.Null, TextWriter.Null);

        Command? command = CommandLine.Describe(context);
        foreach (var word in offer.Split(' '))
            command = command?.Subcommands.SingleOrDefault(one => one.Name == word);

        Assert.True(command?.Action is not null, $"{name}: there is no command identity {offer}");
    }
}
