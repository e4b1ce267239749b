using NodaTime;
using NpgsqlTypes;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Facts;

/// <summary>
/// Sets queued attempts to sent, all those of a moment in one transaction. An invoice to which credit is on its way sends none.
/// </summary>
public sealed class AttemptGate : IAttemptGate
{
    private const string Sql =
        """
        update payment_attempt a set status = 'sent', sent_at = s.at
        from unnest($1, $2) as s (id, at)
        where a.id = s.id and a.status = 'queued'
          and not exists (select from credit_in_transit c where c.invoice = a.invoice)
          and not exists (select from pending_line p where p.credited_invoice = a.invoice and p.source = 'credit_note')
        returning a.id
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<Sending, bool> _updates;

    /// <summary>Works on a database.</summary>
    public AttemptGate(TurnDatabase database)
    {
        _database = database;
        // Not shared: of two who ask for one attempt at one time, one is told that it must not be sent.
        _updates = new(UpdateAsync, shared: false);
    }

    /// <inheritdoc/>
    public Task<bool> MarkSentAsync(string attempt, Instant now) => _updates.FindAsync(new Sending(attempt, now));

    private async Task<IReadOnlyDictionary<Sending, bool>> UpdateAsync(IReadOnlyList<Sending> sendings)
    {
        var sorted = sendings.OrderBy(s => s.Attempt, StringComparer.Ordinal).ToArray();
        await using var command = _database.Source.CreateCommand(Sql);
        command.Add(NpgsqlDbType.Text, sorted.Select(s => s.Attempt).ToArray());
        command.Add(NpgsqlDbType.TimestampTz, sorted.Select(s => s.Now.ToDateTimeUtc()).ToArray());
        var marked = new Dictionary<Sending, bool>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            marked[new Sending(reader.GetString(0), default)] = true;
        }

        return marked;
    }

    // One attempt is one key, whenever it is asked for.
    private readonly record struct Sending(string Attempt, Instant Now)
    {
        public bool Equals(Sending other) => string.Equals(Attempt, other.Attempt, StringComparison.Ordinal);

        public override int GetHashCode() => string.GetHashCode(Attempt, StringComparison.Ordinal);
    }
}
