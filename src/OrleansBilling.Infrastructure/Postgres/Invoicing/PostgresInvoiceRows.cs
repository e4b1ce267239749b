using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Invoicing;
using OrleansBilling.Infrastructure.Postgres.Turn;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Invoicing;

/// <summary>
/// Reads issued invoices from their rows. What the grains of a moment ask for is read in one round trip. Headers are read
/// first: should a commit come in between, the header is older than its rows and its version refuses the turn.
/// </summary>
public sealed class PostgresInvoiceRows : IInvoiceRows
{
    private readonly TurnDatabase _database;
    private readonly Gathered<string, InvoiceLoad> _loads;
    private readonly PostgresPaidLines _paid;

    /// <summary>Reads from a database.</summary>
    public PostgresInvoiceRows(TurnDatabase database)
    {
        _database = database;
        _paid = new PostgresPaidLines(database);
        _loads = new Gathered<string, InvoiceLoad>(LoadManyAsync);
    }

    /// <inheritdoc/>
    public Task<InvoiceLoad?> FindAsync(string invoice) => _loads.FindAsync(invoice);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> SubscriptionsAsync(string invoice, int limit)
    {
        await using var command = _database.Source.CreateCommand(InvoiceStateReads.Subscriptions);
        command.Add(invoice);
        command.Add(limit);
        await using var reader = await command.ExecuteReaderAsync();
        return await ListAsync(reader, static row => row.GetString(0));
    }

    /// <inheritdoc/>
    public async Task<(ImmutableArray<CreditInTransit> Credits, ImmutableArray<LineDraft> Ordered)> ArrivingAsync(string invoice)
    {
        await using var batch = _database.Source.CreateBatch();
        Add(batch, InvoiceStateReads.Credits, [invoice]);
        Add(batch, InvoiceStateReads.Ordered, [invoice]);
        await using var reader = await batch.ExecuteReaderAsync();
        var credits = await ListAsync(reader, InvoiceStateReads.Credit);
        await reader.NextResultAsync();
        return ([.. credits], [.. await ListAsync(reader, static row => PostgresPendingLines.Record(row).Line.Draft)]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<InvoiceRecord>> LoadAsync(IReadOnlyCollection<string> invoices, int linesEach, CancellationToken cancellation, int skip = 0)
    {
        if (invoices.Count == 0)
        {
            return [];
        }

        await using var batch = _database.Source.CreateBatch();
        string[] ids = [.. invoices];
        AddStates(batch, ids);
        Add(batch, InvoiceDocumentReads.Documents, ids);
        var places = Add(batch, InvoiceDocumentReads.Lines, ids).Parameters;
        places.Add(new NpgsqlParameter<int> { TypedValue = skip });
        places.Add(new NpgsqlParameter<int> { TypedValue = linesEach });
        Add(batch, InvoiceDocumentReads.CollectAt, ids);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var states = (await ReadStatesAsync(reader)).ToDictionary(read => read.State.Id, read => read.State, StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        var documents = (await ListAsync(reader, InvoiceDocumentReads.Document)).ToDictionary(document => document.Id, StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        var lines = (await ListAsync(reader, InvoiceDocumentReads.Line)).ToLookup(line => line.Invoice, line => line.Line, StringComparer.Ordinal);
        await reader.NextResultAsync(cancellation);
        var collect = (await ListAsync(reader, static row => (Id: row.GetString(0), At: row.GetInstant(1)))).ToDictionary(row => row.Id, row => row.At, StringComparer.Ordinal);
        return
        [
            .. ids.Where(states.ContainsKey).Select(id => new InvoiceRecord(
                documents[id] with { Lines = [.. lines[id]] },
                states[id],
                collect.TryGetValue(id, out var at) ? at : null)),
        ];
    }

    private async Task<IReadOnlyDictionary<string, InvoiceLoad>> LoadManyAsync(IReadOnlyList<string> invoices)
    {
        var loads = await LoadHeadersAsync([.. invoices]);
        // Read after the headers: what gave of it back since has counted their versions.
        var paid = await _paid.ReadAllAsync([.. loads.Where(read => read.IsPaidByCredit).Select(read => read.Load.State.Id)]);
        var sold = await _paid.SoldAsync([.. loads.Where(read => read.Load.State.Wallet is not null).Select(read => read.Load.State.Id)]);
        return loads.ToDictionary(
            read => read.Load.State.Id,
            read => read.IsPaidByCredit || read.Load.State.Wallet is not null
                ? read.Load with { State = read.Load.State with { Paid = paid.OfInvoice(read.Load.State.Id), Sold = sold.GetValueOrDefault(read.Load.State.Id) } }
                : read.Load,
            StringComparer.Ordinal);
    }

    private async Task<List<(InvoiceLoad Load, bool IsPaidByCredit)>> LoadHeadersAsync(string[] ids)
    {
        await using var batch = _database.Source.CreateBatch();
        AddStates(batch, ids);
        Add(batch, InvoiceStateReads.Credits, ids);
        Add(batch, InvoiceStateReads.Ordered, ids);
        var blockedBy = Add(batch, InvoiceStateReads.Blocked, ids);
        blockedBy.Parameters.Add(new NpgsqlParameter<string> { TypedValue = DeclineClasses.DoNotTryAgain });
        blockedBy.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. DeclineClasses.HardCodes] });
        await using var reader = await batch.ExecuteReaderAsync();
        var states = await ReadStatesAsync(reader);
        await reader.NextResultAsync();
        var credits = (await ListAsync(reader, InvoiceStateReads.Credit)).ToLookup(credit => credit.Invoice, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var ordered = (await ListAsync(reader, static row => PostgresPendingLines.Record(row).Line.Draft)).ToLookup(credit => credit.CreditedInvoice!, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var blocked = (await ListAsync(reader, static row => (Account: row.GetString(0), Method: row.GetString(1))))
            .ToLookup(row => row.Account, row => row.Method, StringComparer.Ordinal);
        return states.ConvertAll(read => (
            new InvoiceLoad(read.State, [.. blocked[read.State.Account]], [.. credits[read.State.Id]]) { Pause = read.Pause, Ordered = [.. ordered[read.State.Id]] }, read.IsPaidByCredit));
    }

    private static void AddStates(NpgsqlBatch batch, string[] ids)
    {
        Add(batch, InvoiceStateReads.Headers, ids);
        Add(batch, InvoiceStateReads.Payments, ids);
        Add(batch, InvoiceStateReads.Attempts, ids);
        Add(batch, InvoiceStateReads.Refunds, ids);
    }

    private static async Task<List<(InvoiceState State, CollectionPause? Pause, bool IsPaidByCredit)>> ReadStatesAsync(NpgsqlDataReader reader)
    {
        var headers = await ListAsync(reader, static row => (State: InvoiceStateReads.State(row), Pause: InvoiceStateReads.Pause(row), IsPaidByCredit: InvoiceStateReads.IsPaidByCredit(row)));
        await reader.NextResultAsync();
        var payments = (await ListAsync(reader, InvoiceStateReads.Payment)).ToLookup(payment => payment.Invoice, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var attempts = (await ListAsync(reader, InvoiceStateReads.Attempt)).ToLookup(attempt => attempt.Invoice, StringComparer.Ordinal);
        await reader.NextResultAsync();
        var refunds = (await ListAsync(reader, InvoiceStateReads.Refund)).ToLookup(refund => refund.Invoice, StringComparer.Ordinal);
        return headers.ConvertAll(header => (InvoiceStateReads.With(header.State, payments, attempts, refunds), header.Pause, header.IsPaidByCredit));
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql, string[] ids)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } },
        };
        batch.BatchCommands.Add(command);
        return command;
    }

    private static async Task<List<T>> ListAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
