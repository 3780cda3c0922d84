using System.Text;
using Identity.Testing;

namespace Identity.IntegrationTests.Grants;

public sealed class BegunRequestStoreTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private static readonly byte[] Parameters = Encoding.UTF8.GetBytes("login_hint=ada@example.org");
    private readonly GrantScene _scene = new(fixture.Database);

    [Fact]
    public async Task A_begun_request_is_its_clients_and_is_not_readable_in_the_database()
    {
        var token = await _scene.One.Begun.BeginAsync("app", Parameters, TimeSpan.FromMinutes(30), default);

        Assert.Equal(Parameters, await _scene.Instances[1].Begun.FindAsync(token, "app", default));
        Assert.Null(await _scene.One.Begun.FindAsync(token, "other", default));
        Assert.False(await _scene.One.Begun.FinishAsync(token, "other", default));
        Assert.True(
            await _scene.ScalarAsync<bool>(
                """
                SELECT position('ada@'::bytea IN parameters_protected) = 0 FROM idp.begun_requests
                WHERE token_hash = @hash
                """,
                ("hash", token.Digest.Value)
            )
        );
    }

    [Fact]
    public async Task Of_twenty_parallel_answers_one_finishes_the_request()
    {
        var token = await _scene.One.Begun.BeginAsync("app", Parameters, TimeSpan.FromMinutes(30), default);

        var finished = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(n => _scene.Instances[n % 2].Begun.FinishAsync(token, "app", default))
        );

        Assert.Single(finished, static won => won);
        Assert.Null(await _scene.One.Begun.FindAsync(token, "app", default));
    }

    [Fact]
    public async Task A_request_that_nobody_answered_in_time_is_over()
    {
        var token = await _scene.One.Begun.BeginAsync("app", Parameters, TimeSpan.FromSeconds(-1), default);

        Assert.Null(await _scene.One.Begun.FindAsync(token, "app", default));
        Assert.False(await _scene.One.Begun.FinishAsync(token, "app", default));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _scene.DisposeAsync();
}
