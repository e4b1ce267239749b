using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Sellers;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Sellers;

/// <summary>
/// Numbers that run by seller, on rows. A step is one batch, which is one transaction: first the series are counted on over
/// what the step saw (their rows then keep other steps of the seller out), then numbers and events are written.
/// </summary>
/// <remarks>
/// Not written by the committer of turns: its groups lock headers of invoices by id, and a group that held numbers too
/// would lock them in another order.
/// </remarks>
public sealed class PostgresInvoiceNumbers(TurnDatabase database) : IInvoiceNumbers
{
    // One probe of the index for each seller.
    private const string Waiting =
        """
        select e.code from legal_entity e
        where exists (select from invoice i where i.legal_entity = e.code and i.number is null and i.number_place is not null)
            or exists (select from credit_note n where n.legal_entity = e.code and n.number is null)
        """;

    private const string Series = "select prefix, last from number_series where legal_entity = $1 and kind = $2";

    private const string Documents =
        """
        select i.id, i.account, v.definition -> 'numbering' ->> 'prefix', i.issued_at
        from (
            select id, account, legal_entity, legal_entity_version, issued_at, number_place from {0}
            where legal_entity = $1 and number is null and number_place is not null order by number_place limit $2) i
        join legal_entity_version v on v.code = i.legal_entity and v.version = i.legal_entity_version
        order by i.number_place
        """;

    private const string Count =
        """
        with done as (
            insert into number_series as n (legal_entity, kind, prefix, last)
            select $1, $6, s.prefix, s.next from unnest($2, $3, $4) as s (prefix, seen, next)
            on conflict (legal_entity, kind, prefix) do update set last = excluded.last
            where n.last = (select s.seen from unnest($2, $3, $4) as s (prefix, seen, next) where s.prefix = n.prefix)
            returning 1)
        select turn_expect('numbers', $5, (select count(*) from done))
        """;

    // By id, as headers of invoices are locked: a step and a group of turns never wait for each other in a circle.
    private const string Give =
        """
        with done as (
            update {0} i set number = s.number
            from (select * from unnest($1, $2) as given (id, number) order by id) s
            where i.id = s.id and i.number is null
            returning 1)
        select turn_expect('numbers', $3, (select count(*) from done))
        """;

    private const string Tell = "insert into event (id, type, account, subject, data, created_at) select * from unnest($1, $2, $3, $4, $5, $6)";

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> FindWaitingAsync()
    {
        await using var command = database.Source.CreateCommand(Waiting);
        await using var reader = await command.ExecuteReaderAsync();
        var found = ImmutableArray.CreateBuilder<string>();
        while (await reader.ReadAsync())
        {
            found.Add(reader.GetString(0));
        }

        return found.DrainToImmutable();
    }

    /// <inheritdoc/>
    public async Task<WaitingDocuments> ReadAsync(string entity, string kind, int limit)
    {
        await using var batch = database.Source.CreateBatch();
        // The series first: should a step commit in between, they are older than what waits, and the step is refused.
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Series)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = entity }, new NpgsqlParameter<string> { TypedValue = kind } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Of(Documents, kind))
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = entity }, new NpgsqlParameter<long> { TypedValue = limit } },
        });
        await using var reader = await batch.ExecuteReaderAsync();
        var series = ImmutableArray.CreateBuilder<NumberSeries>();
        while (await reader.ReadAsync())
        {
            series.Add(new NumberSeries(reader.GetString(0), reader.GetInt64(1)));
        }

        await reader.NextResultAsync();
        var waiting = ImmutableArray.CreateBuilder<WaitingDocument>();
        while (await reader.ReadAsync())
        {
            waiting.Add(new WaitingDocument(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInstant(3)));
        }

        return new WaitingDocuments(series.DrainToImmutable(), waiting.DrainToImmutable());
    }

    /// <inheritdoc/>
    public async Task<bool> CommitAsync(string entity, string kind, NumberStep step)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Count)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = entity },
                Of(NpgsqlDbType.Text, step.Next.Select(series => series.Prefix)),
                Of(NpgsqlDbType.Bigint, step.Seen.Select(series => series.Last)),
                Of(NpgsqlDbType.Bigint, step.Next.Select(series => series.Last)),
                new NpgsqlParameter<long> { TypedValue = step.Next.Length },
                new NpgsqlParameter<string> { TypedValue = kind },
            },
        });
        batch.Rows<GivenNumber>(Of(Give, kind), step.Numbers).Text(given => given.Document.Document).Text(given => given.Number).Count();
        var told = step.Events.Zip(step.Numbers, static (fact, given) => (Event: fact, given.Document.IssuedAt)).ToList();
        batch.Rows<(BillingEvent Event, Instant IssuedAt)>(Tell, told)
            .Text(r => EventIds.Next(r.IssuedAt, 0)).Text(r => r.Event.Type).Text(r => r.Event.Account).Text(r => r.Event.Subject)
            .Json(r => BillingJson.Write(r.Event.Data)).Time(r => r.IssuedAt);
        try
        {
            await batch.ExecuteNonQueryAsync();
            return true;
        }
        catch (PostgresException e) when (TurnFaults.Translate(e) is Grains.Turn.TurnConflictException)
        {
            return false;
        }
    }

    /// <summary>A statement on the table of a kind of documents.</summary>
    private static string Of(string sql, string kind) => sql.Replace("{0}", kind switch
    {
        DocumentNumbers.Invoices => "invoice",
        DocumentNumbers.CreditNotes => "credit_note",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no series of that kind."),
    }, StringComparison.Ordinal);

    private static NpgsqlParameter<T[]> Of<T>(NpgsqlDbType type, IEnumerable<T> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };
}
