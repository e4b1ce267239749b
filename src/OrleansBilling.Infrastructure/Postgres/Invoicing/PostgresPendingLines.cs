using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Grains.Kernel;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Turn;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>Reads lines that wait for an invoice from their rows.</summary>
public sealed class PostgresPendingLines : IPendingLines
{
    /// <summary>The columns that <see cref="Record"/> reads, of a row <c>p</c>.</summary>
    internal const string Columns =
        """
        p.id, p.account, p.currency, p.source, p.at, p.subscription, p.item, p.kind, p.plan, p.price, p.description, p.period_start, p.period_end,
        p.quantity, p.unit_amount, p.amount, p.discount_amount, p.tax_code, p.usage_group, p.credited_line, p.credited_invoice, p.revision,
        p.cause, p.tax_rates::text, p.tax_inclusive, p.proration::text, p.explain::text, p.created_at, p.seq, p.discounts::text, p.wallet_amount, p.used_in::text
        """;

    private const string OfNextInvoice =
        $"""
        select {Columns} from pending_line p where p.subscription = $1 and p.source <> 'gathered' and p.source <> 'credit_note'
        union all
        select {Columns} from pending_line p where p.account = $2 and p.subscription is null
        order by 29
        """;

    private const string OfSubscriptions =
        $"select {Columns} from pending_line p where p.subscription = any ($1) and p.source <> 'gathered' and p.source <> 'credit_note' order by p.seq";

    private const string Standing =
        "select id, invoice, taxes::text, tax_inclusive from invoice_line where id = any ($1) and has_waited";

    private const string Facts =
        """
        select (select count(*) from pending_line where account = $1 and source = 'manual'), s.account, s.status
        from (select 1) one left join subscription s on s.id = $2
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<string, ImmutableArray<LineDraft>> _named;

    /// <summary>Reads from a database.</summary>
    public PostgresPendingLines(TurnDatabase database)
    {
        _database = database;
        _named = new Gathered<string, ImmutableArray<LineDraft>>(OfSubscriptionsAsync);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<LineDraft>> OfNextInvoiceAsync(string subscription, string? account)
    {
        if (account is null)
        {
            // Subscriptions of an account that gathers ask in their thousands.
            return await _named.FindAsync(subscription) is { IsDefault: false } named ? named : [];
        }

        await using var command = _database.Source.CreateCommand(OfNextInvoice);
        command.Add(subscription);
        command.Add(account);
        var lines = ImmutableArray.CreateBuilder<LineDraft>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(Record(reader).Line.Draft);
        }

        return lines.DrainToImmutable();
    }

    private async Task<IReadOnlyDictionary<string, ImmutableArray<LineDraft>>> OfSubscriptionsAsync(IReadOnlyList<string> subscriptions)
    {
        await using var command = _database.Source.CreateCommand(OfSubscriptions);
        command.Add(NpgsqlDbType.Text, subscriptions.ToArray());
        var lines = new List<LineDraft>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(Record(reader).Line.Draft);
        }

        return lines.GroupBy(line => line.Subscription!, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, BilledLine>> StandingAsync(IReadOnlyCollection<string> lines)
    {
        var found = ImmutableDictionary.CreateBuilder<string, BilledLine>(StringComparer.Ordinal);
        if (lines.Count == 0)
        {
            return found.ToImmutable();
        }

        await using var command = _database.Source.CreateCommand(Standing);
        command.Add(NpgsqlDbType.Text, lines.ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var taxes = BillingJson.Read<ImmutableArray<LineTax>>(reader.GetString(2));
            var line = new BilledLine(reader.GetString(0), reader.GetString(1), [.. taxes.Select(tax => tax.Rate)], reader.GetBoolean(3));
            found.Add(line.Line, line);
        }

        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<PendingLineRecord?> FindAsync(string account, string line)
    {
        await using var command = _database.Source.CreateCommand($"select {Columns} from pending_line p where p.id = $1 and p.account = $2");
        command.Add(line);
        command.Add(account);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? Record(reader) : null;
    }

    /// <inheritdoc/>
    public async Task<PendingLineFacts> FactsAsync(string account, string? subscription)
    {
        await using var command = _database.Source.CreateCommand(Facts);
        command.Add(account);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)subscription ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new PendingLineFacts(reader.GetInt64(0), reader.GetText(1), reader.GetText(2) == "canceled");
    }

    /// <summary>A line with the time at which it was made, from <see cref="Columns"/>.</summary>
    internal static PendingLineRecord Record(NpgsqlDataReader row)
    {
        var draft = new LineDraft(
            Spelling.Parse<LineKind>(row.GetString(7)), row.GetString(10), new Period(row.GetInstant(11), row.GetInstant(12)), row.GetInt64(15),
            BillingJson.Read<Explain>(row.GetString(26)))
        {
            Id = row.GetString(0),
            HasWaited = true,
            Subscription = row.GetText(5),
            Item = row.GetText(6),
            Plan = row.GetText(8),
            Price = row.GetText(9),
            Quantity = row.IsDBNull(13) ? null : row.GetDecimal(13),
            UnitAmount = row.IsDBNull(14) ? null : row.GetDecimal(14),
            CarriedDiscounts = BillingJson.Read<ImmutableArray<LineDiscount>>(row.GetString(29)),
            CarriedWallet = row.GetInt64(30),
            UsedIn = row.GetText(31) is { } usedIn ? BillingJson.Read<ImmutableArray<UsageShare>>(usedIn) : [],
            TaxCode = row.GetText(17),
            Group = row.GetString(18),
            CreditedLine = row.GetText(19),
            CreditedInvoice = row.GetText(20),
            Revision = row.GetInt32(21),
            Cause = row.GetText(22),
            CarriedTaxRates = row.GetText(23) is { } rates ? BillingJson.Read<ImmutableArray<TaxRate>>(rates) : null,
            CarriedInclusive = row.IsDBNull(24) ? null : row.GetBoolean(24),
            Proration = row.GetText(25) is { } proration ? BillingJson.Read<LineProration>(proration) : null,
        };
        return new PendingLineRecord(
            new PendingLine(row.GetString(1), row.GetString(2), draft, Spelling.Parse<PendingSource>(row.GetString(3)), row.GetInstant(4)),
            row.GetInstant(27));
    }
}
