using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Infrastructure.Postgres.Queries;
using static OrleansBilling.Infrastructure.Postgres.Metering.Ingest.EventText;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>An event whose account or meter is not known.</summary>
internal sealed record StrayEvent(Guid Key, long Content, string Account, string Meter, string Event, string Body, int Index)
{
    /// <summary>As it was read.</summary>
    public static StrayEvent Of(EventText text, ReadOnlySpan<byte> json, int index)
    {
        Span<byte> key = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(key, EventHash.KeyOf(text[Field.Account], text[Field.Id]));
        return new StrayEvent(
            new Guid(key, bigEndian: true), EventHash.Of(json), Encoding.UTF8.GetString(text[Field.Account]), Encoding.UTF8.GetString(text[Field.Meter]),
            Encoding.UTF8.GetString(text[Field.Id]), Encoding.UTF8.GetString(json), index);
    }
}

/// <summary>A kept event as it is shown.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Account">What it names as its account.</param>
/// <param name="Meter">What it names as its meter.</param>
/// <param name="Event">Its own id.</param>
/// <param name="Body">The event as it came.</param>
/// <param name="ReceivedAt">When.</param>
public sealed record StrayRow(long Id, string Account, string Meter, string Event, string Body, NodaTime.Instant ReceivedAt);

/// <summary>The table of events of unknown accounts and meters.</summary>
public sealed class StrayEvents(UsageDatabase database, BillingDatabase reads)
{
    /// <summary>Events kept at most; more are rejected.</summary>
    public const int MaxKept = 100_000;

    private const string Insert =
        """
        insert into usage_stray (key, content, account, meter, event, body, received_at)
        select s.*, now() from unnest($1, $2, $3, $4, $5, $6) as s
        where (select count(*) from usage_stray) < $7
        on conflict (key) do nothing
        """;

    /// <summary>Events that are kept, newest first.</summary>
    public Task<Page<StrayRow>> ListAsync(PageOf page, CancellationToken cancellation) => new ListQuery(
        "select t.id, t.account, t.meter, t.event, t.body, t.received_at from usage_stray t", "t.received_at", "t.id", ("t.id", "?::bigint"))
        .ReadAsync(reads, page, Read, cancellation);

    /// <summary>The oldest events that are kept.</summary>
    internal async Task<List<StrayRow>> OldestAsync(long after, int limit, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            "select id, account, meter, event, body, received_at from usage_stray where id > $1 order by id limit $2");
        command.Add(after);
        command.Add(limit);
        return await Sql.ListAsync(command, Read, cancellation);
    }

    /// <summary>Forgets an event that was taken.</summary>
    internal async Task ForgetAsync(long id, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand("delete from usage_stray where id = $1");
        command.Add(id);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    internal async Task KeepAsync(List<StrayEvent> strays, UsageReport report, CancellationToken cancellation)
    {
        if (strays.Count == 0)
        {
            return;
        }

        // One id of one account once, the first of a request; sorted, so that two requests wait one way only.
        var firsts = strays.DistinctBy(stray => stray.Key).OrderBy(stray => stray.Key).ToArray();
        await using (var insert = database.Source.CreateCommand(Insert))
        {
            insert.Add(NpgsqlDbType.Uuid, firsts.Select(s => s.Key).ToArray());
            insert.Add(NpgsqlDbType.Bigint, firsts.Select(s => s.Content).ToArray());
            insert.Add(NpgsqlDbType.Text, firsts.Select(s => s.Account).ToArray());
            insert.Add(NpgsqlDbType.Text, firsts.Select(s => s.Meter).ToArray());
            insert.Add(NpgsqlDbType.Text, firsts.Select(s => s.Event).ToArray());
            insert.Add(NpgsqlDbType.Text, firsts.Select(s => s.Body).ToArray());
            insert.Add((long)MaxKept);
            var added = await insert.ExecuteNonQueryAsync(cancellation);
            if (added == strays.Count)
            {
                report.CountAside(added);
                return;
            }

            report.CountAside(added);
        }

        await CompareAsync(strays, report, firsts, cancellation);
    }

    // Some were there before, or twice in the request, or found no room.
    private async Task CompareAsync(List<StrayEvent> strays, UsageReport report, StrayEvent[] firsts, CancellationToken cancellation)
    {
        var kept = new Dictionary<Guid, long>();
        await using (var command = database.Source.CreateCommand("select s.key, s.content from usage_stray s where s.key = any($1)"))
        {
            command.Add(NpgsqlDbType.Uuid, firsts.Select(s => s.Key).ToArray());
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                kept[reader.GetGuid(0)] = reader.GetInt64(1);
            }
        }

        var counted = report.SetAside;
        foreach (var stray in strays)
        {
            if (!kept.TryGetValue(stray.Key, out var content))
            {
                report.Reject(stray.Index, UsageRejection.StrayLimit);
            }
            else if (content != stray.Content)
            {
                report.Reject(stray.Index, UsageRejection.Conflict);
            }
            else if (counted > 0)
            {
                counted--;
            }
            else
            {
                report.CountDuplicates(1);
            }
        }
    }

    private static StrayRow Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), Sql.Instant(row, 5));
}
