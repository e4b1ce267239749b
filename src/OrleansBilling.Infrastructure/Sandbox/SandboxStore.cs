using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Grains.Payments;
using OrleansBilling.Infrastructure.Postgres;
using OrleansBilling.Infrastructure.Postgres.Documents;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>The sandbox's own books. Charges of a moment are written in one transaction, so that thousands a second fit.</summary>
public sealed class SandboxStore
{
    internal const string Columns =
        """
        key, token, amount, currency, account, invoice, status, calls, refunded, created_at, decline_code, advice, settles_at, answer_lost
        """;

    private const string Known =
        "update sandbox_charge set calls = calls + 1 where key = any ($1) returning " + Columns;

    private const string Controls = "select fail_next, fail_with, fail_code, delay_ms from sandbox_control";

    private const string Declined =
        """
        select account, token, count(*)::integer from sandbox_charge
        where account = any ($1) and token like 'tok_decline_then_succeed_%' and status = 'declined' group by account, token
        """;

    private const string Insert =
        """
        insert into sandbox_charge (key, token, amount, currency, account, invoice, status, decline_code, advice, settles_at, answer_lost, created_at)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (key) do update set calls = sandbox_charge.calls + 1 returning
        """ + " " + Columns;

    private const string Consume =
        """
        update sandbox_control c set fail_next = o.fail_next - least(o.fail_next, $1)
        from (select fail_next from sandbox_control for update) o
        returning least(o.fail_next, $1), c.fail_with, c.fail_code
        """;

    private readonly TurnDatabase _database;
    private readonly Gathered<ChargeRequest, SandboxAnswer> _charges;

    /// <summary>Works on a database.</summary>
    public SandboxStore(TurnDatabase database)
    {
        _database = database;
        _charges = new Gathered<ChargeRequest, SandboxAnswer>(ChargeAsync, shared: false);
    }

    /// <summary>Takes money, or finds what was taken under the key before.</summary>
    public async Task<SandboxAnswer> ChargeAsync(ChargeRequest request) =>
        await _charges.FindAsync(request) ?? throw new SandboxException("gateway_unavailable", "The sandbox gave no answer.");

    private async Task<IReadOnlyDictionary<ChargeRequest, SandboxAnswer>> ChargeAsync(IReadOnlyList<ChargeRequest> requests)
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        var (known, control) = await ReadAsync(connection, [.. requests.Select(request => request.IdempotencyKey)]);
        var fresh = requests.Where(request => !known.ContainsKey(request.IdempotencyKey)).DistinctBy(request => request.IdempotencyKey).ToList();
        var declined = await CountDeclinesAsync(connection, fresh);
        var failing = control.FailNext > 0 ? await ConsumeAsync(connection, fresh.Count) : control with { FailNext = 0 };
        var rows = new List<(ChargeRequest Request, SandboxVerdict Verdict)>();
        var unavailable = new HashSet<string>(StringComparer.Ordinal);
        foreach (var request in fresh)
        {
            var fails = failing.FailNext > rows.Count + unavailable.Count;
            if (fails && failing.FailWith is "unavailable")
            {
                unavailable.Add(request.IdempotencyKey);
                continue;
            }

            var verdict = SandboxTokens.Decide(request.Token, declined.GetValueOrDefault((request.Account, request.Token)), request.Now);
            if (fails)
            {
                verdict = failing.FailWith is "decline" ? SandboxVerdict.Declined(failing.FailCode) : verdict with { AnswerLost = true };
            }

            rows.Add((request, verdict));
        }

        var made = await InsertAsync(connection, rows);
        var answers = new Dictionary<ChargeRequest, SandboxAnswer>();
        foreach (var request in requests)
        {
            var charge = known.GetValueOrDefault(request.IdempotencyKey) ?? made.GetValueOrDefault(request.IdempotencyKey);
            answers[request] = new SandboxAnswer(unavailable.Contains(request.IdempotencyKey) ? null : charge, control.DelayMs);
        }

        return answers;
    }

    private static async Task<(Dictionary<string, SandboxCharge> Known, SandboxControl Control)> ReadAsync(NpgsqlConnection connection, string[] keys)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Known)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. keys.Order(StringComparer.Ordinal)] } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Controls));
        await using var reader = await batch.ExecuteReaderAsync();
        var known = new Dictionary<string, SandboxCharge>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            var charge = Read(reader);
            known[charge.Key] = charge;
        }

        await reader.NextResultAsync();
        await reader.ReadAsync();
        return (known, new SandboxControl(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
    }

    private static async Task<Dictionary<(string Account, string Token), int>> CountDeclinesAsync(NpgsqlConnection connection, List<ChargeRequest> fresh)
    {
        var counts = new Dictionary<(string Account, string Token), int>();
        var accounts = fresh.Where(request => SandboxTokens.Counts(request.Token)).Select(request => request.Account).Distinct().ToArray();
        if (accounts.Length == 0)
        {
            return counts;
        }

        await using var command = new NpgsqlCommand(Declined, connection);
        command.Add(NpgsqlDbType.Text, accounts);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts[(reader.GetString(0), reader.GetString(1))] = reader.GetInt32(2);
        }

        return counts;
    }

    private static async Task<SandboxControl> ConsumeAsync(NpgsqlConnection connection, int calls)
    {
        await using var command = new NpgsqlCommand(Consume, connection);
        command.Add(calls);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new SandboxControl(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), DelayMs: 0);
    }

    private static async Task<Dictionary<string, SandboxCharge>> InsertAsync(
        NpgsqlConnection connection, List<(ChargeRequest Request, SandboxVerdict Verdict)> rows)
    {
        var made = new Dictionary<string, SandboxCharge>(StringComparer.Ordinal);
        if (rows.Count == 0)
        {
            return made;
        }

        rows.Sort(static (a, b) => string.CompareOrdinal(a.Request.IdempotencyKey, b.Request.IdempotencyKey));
        await using var batch = new NpgsqlBatch(connection);
        batch.Rows<(ChargeRequest Request, SandboxVerdict Verdict)>(Insert, rows)
            .Text(r => r.Request.IdempotencyKey).Text(r => r.Request.Token).Long(r => r.Request.Amount).Text(r => r.Request.Currency)
            .Text(r => r.Request.Account).Text(r => r.Request.Invoice).Text(r => r.Verdict.Status).Text(r => r.Verdict.DeclineCode)
            .Text(r => r.Verdict.Advice).TimeOrNull(r => r.Verdict.SettlesAt).Bool(r => r.Verdict.AnswerLost).Time(r => r.Request.Now);
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var charge = Read(reader);
            made[charge.Key] = charge;
        }

        return made;
    }

    internal static SandboxCharge Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetInt64(2),
        row.GetString(3),
        row.GetString(4),
        row.GetString(5),
        row.GetString(6),
        row.GetInt32(7),
        row.GetInt64(8),
        row.GetInstant(9))
    {
        DeclineCode = row.GetText(10),
        Advice = row.GetText(11),
        SettlesAt = row.IsDBNull(12) ? null : row.GetInstant(12),
        AnswerLost = row.GetBoolean(13),
    };
}

/// <summary>What the books say to a call.</summary>
/// <param name="Charge">The charge, or null where the gateway was away and nothing was taken.</param>
/// <param name="DelayMs">The answer is held back for so long.</param>
public sealed record SandboxAnswer(SandboxCharge? Charge, int DelayMs);
