using System.Data;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Alerts;
using OrleansBilling.Infrastructure.Postgres.Metering.Billing;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Infrastructure.Postgres.Wallets;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Rollup;

/// <summary>Voids and amends events: rows beside them, and the cells of their hours computed anew, in one transaction.</summary>
/// <remarks>
/// Alone under <see cref="UsageRoller.Lock"/>: nobody rolls up meanwhile, so which batches the cells hold is certain. Events that
/// are not rolled up yet get their correction with the rest, and count by it when they are.
/// </remarks>
public sealed class UsageCorrections
{
    private readonly UsageDatabase _database;
    private readonly UsageDirectory _directory;
    private readonly AlertMarks _alerts;

    internal UsageCorrections(UsageDatabase database, UsageDirectory directory, AlertMarks alerts) => (_database, _directory, _alerts) = (database, directory, alerts);

    /// <summary>What the correction would do.</summary>
    public async Task<Decided<UsageCorrected>> PreviewAsync(UsageCorrection correction, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var found = await FindAsync(connection, correction, cancellation);
        return found.Refusal is { } refusal ? refusal : Summary(found.Value);
    }

    /// <summary>Does it. The answer is stored under the command's key in the same transaction.</summary>
    /// <param name="correction">What is asked.</param>
    /// <param name="id">The id of the correction.</param>
    /// <param name="key">The command; null answers where its key is taken.</param>
    /// <param name="now">The time of the correction.</param>
    /// <param name="render">The answer that is stored.</param>
    /// <returns>Null where the key is taken: read the command log again.</returns>
    public async Task<Decided<UsageCorrected>?> CorrectAsync(
        UsageCorrection correction, string id, CommandKey key, Instant now, Func<UsageCorrected, string> render)
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var serial = new NpgsqlCommand($"select pg_advisory_xact_lock({UsageRoller.Lock})", connection, transaction))
        {
            await serial.ExecuteNonQueryAsync();
        }

        var found = await FindAsync(connection, correction, CancellationToken.None);
        if (found.Refusal is { } refusal)
        {
            return (Decided<UsageCorrected>)refusal;
        }

        var done = Summary(found.Value);
        var answer = new CommandRow(new CommandRecord(key.Scope, key.Key, key.RequestHash, 201, render(done)));
        if (!await answer.InsertAsync(connection, transaction, now, CancellationToken.None))
        {
            return null;
        }

        await CorrectionRows.WriteAsync(connection, correction, id, key, now, found.Value);
        await CorrectionRows.ReplaceCellsAsync(connection, found.Value);
        var marked = await AlertMarks.WriteAsync(connection, [.. found.Value.Select(part => (part.Account, part.Meter.Code))], CancellationToken.None);
        await UsageRechecks.AskAsync(connection, [.. found.Value.Select(part => (part.Account, part.Meter.Code, part.Corrected.Min(one => one.At), part.Corrected.Max(one => one.At)))], CancellationToken.None);
        var burns = await BurnAsks.WriteAsync(connection, found.Value.Select(part => part.Account), CancellationToken.None);
        await transaction.CommitAsync();
        _alerts.Tell([.. burns, .. marked]);
        return (Decided<UsageCorrected>)done;
    }

    private async Task<Decided<IReadOnlyList<MeterCorrection>>> FindAsync(NpgsqlConnection connection, UsageCorrection correction, CancellationToken cancellation)
    {
        if (correction.Check() is { } wrong)
        {
            return wrong;
        }

        var chosen = await ChosenEvents.FindAsync(connection, correction, cancellation);
        if (chosen.Refusal is { } refusal)
        {
            return refusal;
        }

        var meters = await _directory.MetersAsync(chosen.Value.Select(found => found.Meter), cancellation);
        if (meters.Values.Select(correction.CheckMeter).FirstOrDefault(broken => broken is not null) is { } uncounted)
        {
            return uncounted;
        }

        var parts = new List<MeterCorrection>();
        foreach (var group in chosen.Value.GroupBy(found => (found.Account, found.Meter)).OrderBy(g => g.Key.Account, StringComparer.Ordinal).ThenBy(g => g.Key.Meter, StringComparer.Ordinal))
        {
            parts.Add(await MeterCorrection.ReadAsync(
                connection, group.Key.Account, meters[group.Key.Meter], correction, [.. group.Select(found => found.Event)], cancellation));
        }

        return parts;
    }

    private static UsageCorrected Summary(IReadOnlyList<MeterCorrection> parts) => new(parts.Sum(part => part.Corrected.Count), [.. parts.Select(part => part.Effect)]);
}

/// <summary>What a correction does.</summary>
/// <param name="Events">How many events it changes.</param>
/// <param name="Effects">By account and meter.</param>
public sealed record UsageCorrected(int Events, IReadOnlyList<UsageEffect> Effects);

/// <summary>What a correction does to an account's usage of a meter.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Meter">Of which meter.</param>
/// <param name="Events">How many of its events are changed.</param>
/// <param name="From">The beginning of the first hour that is touched.</param>
/// <param name="To">The end of the last one.</param>
/// <param name="Before">The quantity of the touched hours before, in one window from <paramref name="From"/> to <paramref name="To"/>.</param>
/// <param name="After">And after.</param>
public sealed record UsageEffect(string Account, string Meter, int Events, Instant From, Instant To, decimal? Before, decimal? After);

/// <summary>A correction of one account's events of one meter.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Meter">The meter.</param>
/// <param name="Corrected">The events that are changed.</param>
/// <param name="Hours">The hours that are touched.</param>
/// <param name="Codes">Of the meter and of its views: under these the hours are kept.</param>
/// <param name="Cells">What these hours add up to afterwards, without batches that are not rolled up yet.</param>
/// <param name="Effect">On the quantity.</param>
internal sealed record MeterCorrection(
    string Account, Meter Meter, IReadOnlyList<UsageEvent> Corrected, IReadOnlyList<Instant> Hours, IReadOnlyList<string> Codes, IReadOnlyList<RollupRow> Cells, UsageEffect Effect)
{
    private const string Touched =
        $"""
        select {UsageEventRows.Columns}, exists (select from usage_pending p where p.batch = e.batch)
        from unnest($3) as s (hour)
        join usage_event e on e.account = $1 and e.meter = $2 and e.at >= s.hour and e.at < s.hour + interval '1 hour'
        {UsageEventRows.Correction}
        where {UsageEventRows.Counts}
        """;

    /// <summary>Reads the hours of the events and computes them as they shall be.</summary>
    public static async Task<MeterCorrection> ReadAsync(
        NpgsqlConnection connection, string account, Meter meter, UsageCorrection correction, IReadOnlyList<UsageEvent> chosen, CancellationToken cancellation)
    {
        var hours = chosen.Select(found => UsageRollup.HourOf(found.At)).Distinct().Order().ToList();
        var window = new Period(hours[0], hours[^1] + Duration.FromHours(1));
        var question = new UsageQuestion([window]);
        var (before, after) = (new UsageSheet(meter, question), new UsageSheet(meter, question));
        var ids = chosen.Select(found => (found.Batch, found.Number)).ToHashSet();
        var views = (await UsageViews.ReadAsync(connection, [(account, meter.Code)], cancellation)).Of(account, meter.Code);
        var rolledUp = new RolledUpCells(account, meter, views);
        await using (var command = new NpgsqlCommand(Touched, connection))
        {
            command.Add(account);
            command.Add(meter.Code);
            command.Add(NpgsqlDbType.TimestampTz, hours.Select(hour => hour.ToDateTimeUtc()).ToArray());
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                var found = UsageEventRows.Read(reader, 0);
                before.Add(found);
                if ((ids.Contains((found.Batch, found.Number)) ? correction.Apply(found) : found) is { } counts)
                {
                    after.Add(counts);
                    if (!reader.GetBoolean(6))
                    {
                        rolledUp.Add(counts);
                    }
                }
            }
        }

        var effect = new UsageEffect(account, meter.Code, chosen.Count, window.Start, window.End, before.Amounts()[0].Quantity, after.Amounts()[0].Quantity);
        return new MeterCorrection(account, meter, chosen, hours, rolledUp.Codes, rolledUp.Rows(), effect);
    }
}
