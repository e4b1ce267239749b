using System.Collections.Immutable;
using Npgsql;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Billing;

/// <summary>Reads when a span, and spans of other subscriptions, counted events that name no subscription.</summary>
internal static class CountedTimes
{
    // Of the span itself, and of all spans of other subscriptions that touch it.
    private const string Counted =
        """
        select c.subscription, c.unnamed::text, coalesce(c.recorded_at, 'epoch'), coalesce(f.recorded_at, 'epoch')
        from usage_closed o
        join usage_closed c on c.account = o.account and c.meter = o.meter and c.span_end > o.span_start and c.span_start < o.span_end
            and (c.subscription <> o.subscription or (c.item = o.item and c.span_start = o.span_start))
        join usage_closed f on f.subscription = c.subscription and f.item = c.item and f.span_start = c.span_start and f.revision = 0
        where o.subscription = $1 and o.item = $2 and o.span_start = $3 and o.revision = 0
        order by c.recorded_at nulls first, c.subscription, c.item, c.span_start, c.revision
        """;

    /// <summary>In order of when; of one moment with what the connection's transaction has read.</summary>
    public static async Task<ImmutableArray<CountedTime>> ReadAsync(NpgsqlConnection connection, string subscription, UsagePart part)
    {
        await using var command = new NpgsqlCommand(Counted, connection);
        command.Add(subscription);
        command.Add(part.Item);
        command.Add(part.Span.Start);
        var counted = ImmutableArray.CreateBuilder<CountedTime>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counted.Add(new CountedTime(reader.GetString(0), BillingJson.Read<ImmutableArray<Period>>(reader.GetString(1)), reader.GetInstant(2), reader.GetInstant(3)));
        }

        return counted.ToImmutable();
    }
}
