using System.Collections.Immutable;
using System.Data;
using NodaTime;
using Npgsql;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>
/// Reads usage in one snapshot: which batches are rolled up and the cells themselves are seen as of one moment. Read event by event are only
/// what waits to be rolled up, the hours that bounds cut, and those of which a view does not hold all.
/// </summary>
internal sealed class UsageReads(UsageDatabase database, UsageDirectory directory, UsageOptions options) : IUsage
{
    private const string Meters =
        $"""
        select r.meter from usage_rollup r where r.account = $1 and r.hour >= $2 and r.hour < $3 and strpos(r.meter, '#') = 0
        union
        select e.meter from {UsageRead.PendingEvents}
        where e.account = $1 and e.at >= $2 and e.at < $3
        """;

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageAmount>> ReadAsync(string account, Meter meter, UsageQuestion question)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        return await QuantityAsync(connection, account, meter, question);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageAmount>> ReadUpToAsync(string account, Meter meter, UsageQuestion question)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        return await QuantityAsync(connection, account, meter, question, upTo: true);
    }

    /// <inheritdoc/>
    public async Task<PricedUsage> ReadPricedAsync(string account, Meter meter, UsageQuestion question, EventTerms terms)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var amounts = await QuantityAsync(connection, account, meter, question);
        return new PricedUsage(amounts, await PricedHours.ReadAsync(new UsageRead(connection, account, meter, question, options, LooksFurther(meter, terms)), meter, question, terms));
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<UsageAmount>> RecomputeAsync(string account, Meter meter, UsageQuestion question)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        return await RecomputeAsync(connection, account, meter, question);
    }

    /// <summary>The same within a snapshot.</summary>
    public async Task<ImmutableArray<UsageAmount>> RecomputeAsync(NpgsqlConnection connection, string account, Meter meter, UsageQuestion question)
    {
        var sheet = new UsageSheet(meter, question) { LeavesTexts = true };
        var read = new UsageRead(connection, account, meter, question, options);
        await read.EventsAsync(question.Windows, inOrder: false, found => sheet.Add(found));
        return sheet.Amounts(meter.Aggregation is MeterAggregation.UniqueCount ? await UniqueTexts.CountEventsAsync(connection, read, meter, question, []) : null);
    }

    /// <inheritdoc/>
    public async Task<PricedUsage> ReadCorrectedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, UsageCorrection correction)
    {
        var sheet = new UsageSheet(meter, question) { LeavesTexts = true };
        var tally = terms is null ? null : new EventTally(terms);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var chosen = await ChosenEvents.FindAsync(connection, correction, CancellationToken.None);
        var ids = chosen.IsAccepted
            ? chosen.Value.Where(found => found.Account == account && found.Meter == meter.Code).Select(found => (found.Event.Batch, found.Event.Number)).ToHashSet()
            : [];
        var read = new UsageRead(connection, account, meter, question, options, LooksFurther(meter, terms));
        await read.EventsAsync(question.Windows, inOrder: terms?.HasFree ?? false, found =>
        {
            if ((ids.Contains((found.Batch, found.Number)) ? correction.Apply(found) : found) is { } counts && sheet.Add(counts))
            {
                tally?.Take(terms!.AmountOf(meter, counts));
            }
        });
        var different = meter.Aggregation is MeterAggregation.UniqueCount
            ? await UniqueTexts.CountEventsAsync(connection, read, meter, question, correction.Action is UsageCorrectionAction.Void ? ids : [])
            : null;
        return new PricedUsage(sheet.Amounts(different), tally?.Sums ?? EventSums.None);
    }

    /// <inheritdoc/>
    public async Task<PricedUsage> ReadArrivedAsync(string account, Meter meter, UsageQuestion question, EventTerms? terms, ArrivedBy arrived)
    {
        var sheet = new UsageSheet(meter, question) { LeavesTexts = true };
        var tally = terms is null ? null : new EventTally(terms);
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        var read = new UsageRead(connection, account, meter, question, options, LooksFurther(meter, terms));
        void Take(UsageEvent found)
        {
            if (sheet.Add(found))
            {
                tally?.Take(terms!.AmountOf(meter, found));
            }
        }

        await read.EventsAsync(question.Windows, inOrder: terms?.HasFree ?? false, Take, arrived: arrived);
        var different = meter.Aggregation is MeterAggregation.UniqueCount ? await UniqueTexts.CountEventsAsync(connection, read, meter, question, [], arrived) : null;
        return new PricedUsage(sheet.Amounts(different), tally?.Sums ?? EventSums.None);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Meter>> FindMetersAsync(string account, Instant from, Instant to)
    {
        var codes = new List<string>();
        await using (var command = database.Source.CreateCommand(Meters))
        {
            command.Add(account);
            command.Add(UsageRollup.HourOf(from));
            command.Add(to);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                codes.Add(reader.GetString(0));
            }
        }

        return [.. (await directory.MetersAsync(codes, CancellationToken.None)).Values.OrderBy(meter => meter.Code, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<Meter?> FindMeterAsync(string code) => (await directory.MetersAsync([code], CancellationToken.None)).GetValueOrDefault(code);

    private static bool LooksFurther(Meter meter, EventTerms? terms) => terms?.Property is { } property && property != meter.Property;

    /// <summary>What <see cref="ReadAsync"/> answers, within a snapshot.</summary>
    public async Task<ImmutableArray<UsageAmount>> QuantityAsync(NpgsqlConnection connection, string account, Meter meter, UsageQuestion question, bool upTo = false)
    {
        // By a view the question is put to what the view sees.
        var view = UsageView.OfQuantity(meter, question.Filters, question.GroupBy);
        var counted = view?.Over(meter) ?? meter;
        var asked = view is null ? question : question with { Filters = UsageQuestion.NoFilters.Add(UsageView.Class, [UsageView.In]) };
        UsageEvent? See(UsageEvent found) => view is null ? found : view.See(meter, found);

        var sheet = new UsageSheet(counted, asked) { LeavesTexts = true };
        var read = new UsageRead(connection, account, meter, question, options);
        var singly = question.CutHours();
        if (view is not null)
        {
            singly.UnionWith(await read.UnwholeAsync(counted));
        }

        // Rolled-up hours do not tell apart what holds pay: it is taken off, or else the hour is read.
        var anyHeld = question.WithoutHeld && await read.AnyHeldAsync();
        if (anyHeld && !UsageTotals.CanRemove(meter.Aggregation))
        {
            singly.UnionWith(await read.HeldHoursAsync());
        }

        await read.CellsAsync(counted, (key, totals) =>
        {
            if (!singly.Contains(key.Hour))
            {
                sheet.Add(key, new UsageCell(totals, ImmutableHashSet<string>.Empty));
            }
        });
        if (anyHeld && UsageTotals.CanRemove(meter.Aggregation))
        {
            await read.HeldAsync(found =>
            {
                if (!singly.Contains(UsageRollup.HourOf(found.At)) && See(found) is { } seen)
                {
                    sheet.Remove(seen);
                }
            });
        }

        // Of hours that are read all events are read below, pending or not.
        await read.PendingAsync(found =>
        {
            if (!singly.Contains(UsageRollup.HourOf(found.At)) && See(found) is { } seen)
            {
                sheet.Add(seen);
            }
        });
        await read.EventsAsync(UsageRead.Spans(singly), inOrder: false, found =>
        {
            if (See(found) is { } seen)
            {
                sheet.Add(seen);
            }
        });
        var different = meter.Aggregation is MeterAggregation.UniqueCount
            ? await UniqueTexts.CountAsync(connection, read, account, meter, question, counted, asked, singly, first: upTo)
            : null;
        return upTo ? sheet.AmountsUpTo(different) : sheet.Amounts(different);
    }
}
