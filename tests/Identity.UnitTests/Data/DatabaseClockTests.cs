using Identity.Core.Data;

namespace Identity.UnitTests.Data;

public sealed class DatabaseClockTests
{
    private static readonly DateTimeOffset Database = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly Machine _machine = new() { Wall = Database + TimeSpan.FromHours(1) };
    private readonly DatabaseClock _clock;

    public DatabaseClockTests() => _clock = new(_machine);

    [Fact]
    public void Before_it_is_measured_it_is_the_machines()
    {
        Assert.Equal(_machine.Wall, _clock.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, _clock.Drift);
    }

    [Fact]
    public void It_follows_the_database_however_wrong_the_machine_is()
    {
        _clock.Accept(Database, _machine.GetTimestamp());

        _machine.Pass(TimeSpan.FromMinutes(10));

        Assert.Equal(Database + TimeSpan.FromMinutes(10), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(1), _clock.Drift);
    }

    [Fact]
    public void A_wall_clock_that_is_set_changes_nothing_but_the_drift()
    {
        _clock.Accept(Database, _machine.GetTimestamp());

        _machine.Wall -= TimeSpan.FromHours(3);
        _machine.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(Database + TimeSpan.FromSeconds(1), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromHours(-2), _clock.Drift);
    }

    [Fact]
    public void A_slow_answer_does_not_spoil_an_exact_one_and_a_contradiction_wins()
    {
        _clock.Accept(Database, _machine.GetTimestamp());
        var asked = _machine.GetTimestamp();
        _machine.Pass(TimeSpan.FromSeconds(4));
        _clock.Accept(Database, asked);
        Assert.Equal(Database + TimeSpan.FromSeconds(4), _clock.GetUtcNow());

        asked = _machine.GetTimestamp();
        _machine.Pass(TimeSpan.FromSeconds(4));
        _clock.Accept(Database + TimeSpan.FromMinutes(5), asked);

        Assert.Equal(Database + TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(2), _clock.GetUtcNow());
    }

    [Theory]
    [InlineData(2, 3, 0)]
    [InlineData(9, 5, 1)]
    public async Task Slow_answers_are_asked_for_again_and_a_quick_one_counts(int slow, int questions, int secondsOff)
    {
        var asked = 0;
        await _clock.MeasureAsync(() =>
        {
            // The database says its time at once; its answer is on the way for two seconds, or for none.
            var said = Database + TimeSpan.FromSeconds(2 * Math.Min(asked, slow));
            if (asked++ < slow)
                _machine.Pass(TimeSpan.FromSeconds(2));
            return Task.FromResult(said);
        });

        Assert.Equal(questions, asked);
        var truth = Database + TimeSpan.FromSeconds(2 * Math.Min(asked, slow));
        Assert.Equal(truth - TimeSpan.FromSeconds(secondsOff), _clock.GetUtcNow());
    }

    [Fact]
    public void What_the_measurement_cannot_tell_is_no_drift()
    {
        var asked = _machine.GetTimestamp();
        _machine.Pass(TimeSpan.FromSeconds(6));

        _clock.Accept(_machine.Wall - TimeSpan.FromSeconds(1), asked);

        Assert.Equal(TimeSpan.Zero, _clock.Drift);
        Assert.Equal(TimeSpan.FromSeconds(3), _clock.Uncertainty);
    }

    private sealed class Machine : TimeProvider
    {
        private TimeSpan _running = TimeSpan.FromDays(3);

        public DateTimeOffset Wall { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time)
        {
            _running += time;
            Wall += time;
        }

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => _running.Ticks;
    }
}
