using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Reads the lines that the subscriptions of an account have gathered, and whether more may come.</summary>
public sealed class PostgresGatheredLines(TurnDatabase database, BillingDatabase billing) : IGatheredLines
{
    private static readonly Duration LongestWait = Duration.FromMinutes(1);

    private const string Earliest = "select min(p.at) from pending_line p where p.account = $1 and p.source = 'gathered'";

    // By the index of what is due: a row that backs off runs later than it is due, by less than a minute while it is waited for.
    private const string Awaits =
        """
        select exists (
            select from due_work d
            where d.clock = $1 and d.shard = $2 and d.quarantined_at is null and d.run_at <= $8 and d.account = $3 and d.grain_type = $4
              and d.due_at <= $5 and d.kind_order < $6 and d.attempts < $7)
        """;

    // Planned for its size: it may be the whole table.
    private const string Lines =
        $"""
        with boundary as materialized (select g.id from pending_line g where g.account = $1 and g.source = 'gathered' and g.at = $2)
        select {PostgresPendingLines.Columns}, p.uncharged
        from pending_line p
        where p.account = $1 and exists (select from boundary)
          and (p.id in (select id from boundary) or p.credited_line in (select id from boundary) or (p.source <> 'gathered' and p.subscription is null))
        order by p.subscription nulls last, p.seq
        """;

    /// <inheritdoc/>
    public async Task<GatheredBoundary?> FindAsync(string account, string clock, Instant now, int tries)
    {
        await using var earliest = database.Source.CreateCommand(Earliest);
        earliest.Add(account);
        if (await earliest.ExecuteScalarAsync() is not DateTime found)
        {
            return null;
        }

        var at = Instant.FromDateTimeUtc(found);
        await using var awaits = database.Source.CreateCommand(Awaits);
        awaits.Add(clock);
        awaits.Add((short)Shards.Of(account));
        awaits.Add(account);
        awaits.Add(DueTargets.Subscription);
        awaits.Add(at);
        awaits.Add((short)DueKind.Gather);
        awaits.Add(tries);
        awaits.Add(now + LongestWait);
        return new GatheredBoundary(at, await awaits.ExecuteScalarAsync() is true);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<GatheredLine>> ReadAsync(string account, Instant boundary)
    {
        await using var connection = await billing.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(Lines, connection)
        {
            Parameters = { new() { Value = account }, new() { Value = boundary.ToDateTimeUtc() } },
        };
        var lines = ImmutableArray.CreateBuilder<GatheredLine>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(new GatheredLine(PostgresPendingLines.Record(reader).Line.Draft, reader.GetBoolean(32)));
        }

        return lines.DrainToImmutable();
    }
}
