using System.Net.Sockets;
using Identity.Core.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Identity.UnitTests.Data;

public sealed class DatabaseOutageTests
{
    [Theory]
    [InlineData("57P01")]
    [InlineData("57P02")]
    [InlineData("57P03")]
    [InlineData("57P05")]
    [InlineData("57014")]
    [InlineData("08000")]
    [InlineData("08003")]
    [InlineData("08006")]
    [InlineData("08P01")]
    [InlineData("53300")]
    [InlineData("53200")]
    [InlineData("53100")]
    [InlineData("25006")]
    [InlineData("55P03")]
    [InlineData("40001")]
    [InlineData("40P01")]
    public void A_server_that_cannot_serve_now_is_an_outage(string state) => AssertOutage(Refusal(state));

    [Theory]
    [InlineData("23505")]
    [InlineData("42P01")]
    [InlineData("42501")]
    [InlineData("22021")]
    [InlineData("28P01")]
    public void A_server_that_refuses_the_command_is_none(string state)
    {
        Assert.False(DatabaseOutage.Includes(Refusal(state)));
        Assert.False(DatabaseOutage.Includes(new DbUpdateException("wrapped", Refusal(state))));
    }

    [Fact]
    public void A_server_that_is_not_there_is_an_outage()
    {
        AssertOutage(new NpgsqlException("No suitable host was found."));
        AssertOutage(new NpgsqlException("Unable to connect to a suitable host.", new AggregateException()));
        AssertOutage(new NpgsqlException("Exception while reading from stream", new EndOfStreamException()));
        AssertOutage(new NpgsqlException("The connection pool has been exhausted", new TimeoutException()));
        AssertOutage(new SocketException((int)SocketError.HostNotFound));
        AssertOutage(new TimeoutException());
    }

    [Fact]
    public void Failures_of_ours_and_of_other_servers_are_none()
    {
        Assert.False(DatabaseOutage.Includes(new InvalidOperationException("a bug")));
        Assert.False(DatabaseOutage.Includes(new NullReferenceException()));
        Assert.False(
            DatabaseOutage.Includes(
                new HttpRequestException("elsewhere", new SocketException((int)SocketError.HostDown))
            )
        );
    }

    // As it comes from SQL, as it comes through EF Core, and as one of several.
    private static void AssertOutage(Exception exception) =>
        Assert.All(
            new[]
            {
                exception,
                new DbUpdateException("An error occurred while saving the entity changes.", exception),
                new InvalidOperationException("likely due to a transient failure", exception),
                new AggregateException(new InvalidOperationException("another"), exception),
            },
            one => Assert.True(DatabaseOutage.Includes(one), one.ToString())
        );

    private static PostgresException Refusal(string state) => new("refused", "ERROR", "ERROR", state);
}
