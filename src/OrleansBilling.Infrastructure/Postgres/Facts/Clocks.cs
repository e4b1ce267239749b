using NodaTime;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Facts;

/// <summary>The live clock by <see cref="TimeProvider"/>, test clocks by their rows.</summary>
public sealed class Clocks : IClocks
{
    private const string Sql =
        """
        select c.id, c.now, c.advancing from unnest($1) as s (id) join test_clock c on c.id = s.id and not c.deleted
        """;

    private readonly TurnDatabase _database;
    private readonly TimeProvider _time;
    private readonly Gathered<string, ClockReading> _reads;

    /// <summary>Reads from a database and a time provider.</summary>
    public Clocks(TurnDatabase database, TimeProvider time)
    {
        _database = database;
        _time = time;
        _reads = new(ReadAsync);
    }

    /// <inheritdoc/>
    public Instant Live
    {
        get
        {
            var ticks = Instant.FromDateTimeOffset(_time.GetUtcNow()).ToUnixTimeTicks();
            return Instant.FromUnixTimeTicks(ticks - (ticks % 10));
        }
    }

    /// <inheritdoc/>
    public async Task<ClockReading?> ReadAsync(string clock) =>
        clock == AccountFacts.LiveClock ? new ClockReading(Live, Advancing: false) : await _reads.FindAsync(clock);

    private async Task<IReadOnlyDictionary<string, ClockReading>> ReadAsync(IReadOnlyList<string> clocks)
    {
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, clocks.ToArray());
        var found = new Dictionary<string, ClockReading>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found[reader.GetString(0)] = new ClockReading(reader.GetInstant(1), reader.GetBoolean(2));
        }

        return found;
    }
}
