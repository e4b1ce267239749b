using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Queries;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>What the sandbox's books answer and take beside charges: look-ups, settling debits, refunds, controls.</summary>
public sealed class SandboxBooks
{
    private const string Find = "select " + SandboxStore.Columns + " from sandbox_charge where key = any ($1)";

    private const string Settle =
        """
        update sandbox_charge set status = 'succeeded', settles_at = null
        where key = $1 and status = 'processing' and settles_at <= $2 returning
        """ + " " + SandboxStore.Columns;

    private readonly TurnDatabase _database;
    private readonly Gathered<string, SandboxCharge> _finds;

    /// <summary>Works on a database.</summary>
    public SandboxBooks(TurnDatabase database)
    {
        _database = database;
        _finds = new Gathered<string, SandboxCharge>(FindAsync);
    }

    /// <summary>A charge by its key, with a debit settled whose time has come; null where the key was never seen.</summary>
    public async Task<SandboxCharge?> FindAsync(string key, Instant now, CancellationToken cancellation)
    {
        var charge = await _finds.FindAsync(key);
        return charge is { Status: "processing", SettlesAt: { } at } && at <= now
            ? await SettleAsync(key, now, cancellation) ?? await _finds.FindAsync(key)
            : charge;
    }

    /// <summary>Settles a debit before its time; null where there is no such debit under way.</summary>
    public Task<SandboxCharge?> SettleNowAsync(string key, CancellationToken cancellation) => SettleAsync(key, Instant.FromUtc(9999, 1, 1, 0, 0), cancellation);

    /// <summary>Fails a debit that is under way; null where there is no such debit.</summary>
    public Task<SandboxCharge?> FailDebitAsync(string key, string code, CancellationToken cancellation) => ChangeAsync(
        """
        update sandbox_charge set status = 'declined', settles_at = null, decline_code = $2
        where key = $1 and status = 'processing' returning
        """ + " " + SandboxStore.Columns,
        [new NpgsqlParameter<string> { TypedValue = key }, new NpgsqlParameter<string> { TypedValue = code }],
        cancellation);

    /// <summary>The charges of an invoice, oldest first.</summary>
    public async Task<IReadOnlyList<SandboxCharge>> OfInvoiceAsync(string invoice, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            "select " + SandboxStore.Columns + " from sandbox_charge where invoice = $1 order by created_at, key limit 1000", connection);
        command.Add(invoice);
        var found = new List<SandboxCharge>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(SandboxStore.Read(reader));
        }

        return found;
    }

    /// <summary>Sends money back, once per key; never more than was taken.</summary>
    public async Task<GatewayOutcome> RefundAsync(RefundRequest request, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var refused = await TryRefundAsync(connection, request, cancellation);
        await transaction.CommitAsync(cancellation);
        return refused is null
            ? new GatewayOutcome.Succeeded("sbx_" + request.IdempotencyKey)
            : new GatewayOutcome.Declined(refused, Advice: null, Reference: null);
    }

    /// <summary>What the next calls suffer.</summary>
    public async Task<SandboxControl> ReadControlAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand("select fail_next, fail_with, fail_code, delay_ms from sandbox_control", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new SandboxControl(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3));
    }

    /// <summary>Sets what the next calls suffer.</summary>
    public Task SetControlAsync(SandboxControl control, CancellationToken cancellation) =>
        SetControlAsync(control, stored: null, Instant.MinValue, cancellation);

    /// <summary>Sets what the next calls suffer, with the answer of the request that asks. False where its key is taken.</summary>
    public async Task<bool> SetControlAsync(SandboxControl control, CommandRow? stored, Instant now, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (stored is not null && !await stored.InsertAsync(connection, transaction, now, cancellation))
        {
            return false;
        }

        await using var command = new NpgsqlCommand(
            "update sandbox_control set fail_next = $1, fail_with = $2, fail_code = $3, delay_ms = $4", connection);
        command.Add(control.FailNext);
        command.Add(control.FailWith);
        command.Add(control.FailCode);
        command.Add(control.DelayMs);
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private static async Task<string?> TryRefundAsync(NpgsqlConnection connection, RefundRequest request, CancellationToken cancellation)
    {
        // The row of the key is taken first: of two calls under one key the second waits, and finds the first one's answer.
        await using (var claim = new NpgsqlCommand(
            """
            insert into sandbox_refund (key, charge, amount, currency, created_at) values ($1, $2, $3, $4, $5)
            on conflict (key) do nothing
            """,
            connection))
        {
            claim.Add(request.IdempotencyKey);
            claim.Add(request.ChargeReference);
            claim.Add(request.Amount);
            claim.Add(request.Currency);
            claim.Add(request.Now);
            if (await claim.ExecuteNonQueryAsync(cancellation) == 0)
            {
                return await KnownRefundAsync(connection, request, cancellation);
            }
        }

        await using var take = new NpgsqlCommand(
            """
            with charge as (
                update sandbox_charge set refunded = refunded + $2
                where 'sbx_' || key = $1 and key = substr($1, 5) and currency = $3 and status = 'succeeded' and refunded + $2 <= amount
                returning 1),
            refusal as (
                update sandbox_refund set refused = 'charge_not_refundable'
                where key = $4 and not exists (select 1 from charge) returning refused)
            select refused from refusal
            """,
            connection);
        take.Add(request.ChargeReference);
        take.Add(request.Amount);
        take.Add(request.Currency);
        take.Add(request.IdempotencyKey);
        return (string?)await take.ExecuteScalarAsync(cancellation);
    }

    private static async Task<string?> KnownRefundAsync(NpgsqlConnection connection, RefundRequest request, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select charge, amount, currency, refused from sandbox_refund where key = $1", connection);
        command.Add(request.IdempotencyKey);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetString(0) == request.ChargeReference && reader.GetInt64(1) == request.Amount && reader.GetString(2) == request.Currency
            ? reader.GetText(3)
            : throw new SandboxException("idempotency_error", "This idempotency key was used with other parameters.");
    }

    private async Task<IReadOnlyDictionary<string, SandboxCharge>> FindAsync(IReadOnlyList<string> keys)
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Find, connection);
        command.Add(NpgsqlDbType.Text, keys.ToArray());
        var found = new Dictionary<string, SandboxCharge>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var charge = SandboxStore.Read(reader);
            found[charge.Key] = charge;
        }

        return found;
    }

    private Task<SandboxCharge?> SettleAsync(string key, Instant now, CancellationToken cancellation) => ChangeAsync(
        Settle,
        [
            new NpgsqlParameter<string> { TypedValue = key },
            new NpgsqlParameter<DateTime> { TypedValue = now.ToDateTimeUtc(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
        ],
        cancellation);

    private async Task<SandboxCharge?> ChangeAsync(string sql, NpgsqlParameter[] parameters, CancellationToken cancellation)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? SandboxStore.Read(reader) : null;
    }
}
