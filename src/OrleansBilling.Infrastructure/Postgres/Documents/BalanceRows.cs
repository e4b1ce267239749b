using Npgsql;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>Credit balances and the counters of invoices and credit notes, one row for each account and currency.</summary>
/// <remarks>
/// The first statement takes the rows of all accounts in order, counts the documents and adds credit given without
/// condition. The others check what a decision saw and did not move, and move what depends on it or takes from it; they wait for nobody any more.
/// </remarks>
internal static class BalanceRows
{
    private const string Take =
        """
        insert into account_balance as b (account, currency, credit, last_invoice_number, last_credit_note_number)
        select * from unnest($1, $2, $3, $4, $5)
        on conflict (account, currency) do update
        set credit = b.credit + excluded.credit, last_invoice_number = b.last_invoice_number + excluded.last_invoice_number,
            last_credit_note_number = b.last_credit_note_number + excluded.last_credit_note_number
        """;

    private const string Conditional =
        """
        with done as (
            update account_balance b set credit = b.credit + s.amount
            from unnest($1, $2, $3, $4) as s (account, currency, amount, seen)
            where b.account = s.account and b.currency = s.currency
              and (s.seen is null or b.credit = s.seen) and b.credit + s.amount >= 0
            returning 1)
        select turn_expect('balance', $5, (select count(*) from done))
        """;

    private const string Unmoved =
        """
        select turn_expect('balance', $4, (
            select count(*) from unnest($1, $2, $3) as s (account, currency, seen)
            join account_balance b on b.account = s.account and b.currency = s.currency and b.credit = s.seen))
        """;

    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var rows = new Dictionary<(string Account, string Currency), Row>();
        foreach (var turn in turns)
        {
            foreach (var move in turn.Write.Documents.BalanceMoves)
            {
                RowOf(move.Account, move.Currency).Add(move);
            }

            foreach (var invoice in turn.Write.Documents.Invoices)
            {
                // A draft takes no number; its account's row is there when it does.
                RowOf(invoice.Account, invoice.Facts.Currency.Code).Invoices += invoice.Draft is null && IsNumberedByAccount(invoice) ? 1 : 0;
            }

            foreach (var draft in turn.Write.Documents.Finalized)
            {
                RowOf(draft.Invoice.Account, draft.Invoice.Facts.Currency.Code).Invoices += IsNumberedByAccount(draft.Invoice) ? 1 : 0;
            }

            foreach (var note in turn.Write.Documents.CreditNotes)
            {
                RowOf(note.Account, note.Currency).CreditNotes++;
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        var sorted = rows.Values.OrderBy(r => r.Account, StringComparer.Ordinal).ThenBy(r => r.Currency, StringComparer.Ordinal).ToList();
        batch.Rows<Row>(Take, sorted).Text(r => r.Account).Text(r => r.Currency).Long(r => r.IsConditional ? 0 : r.Amount).Int(r => r.Invoices).Int(r => r.CreditNotes);
        var unmoved = sorted.FindAll(r => r is { Amount: 0, Seen: not null });
        if (unmoved.Count > 0)
        {
            batch.Rows<Row>(Unmoved, unmoved).Text(r => r.Account).Text(r => r.Currency).LongOrNull(r => r.Seen).Count();
        }

        var conditional = sorted.FindAll(r => r.IsConditional);
        if (conditional.Count > 0)
        {
            batch.Rows<Row>(Conditional, conditional)
                .Text(r => r.Account).Text(r => r.Currency).Long(r => r.Amount).LongOrNull(r => r.Seen).Count();
        }

        Row RowOf(string account, string currency)
        {
            if (!rows.TryGetValue((account, currency), out var row))
            {
                rows.Add((account, currency), row = new Row(account, currency));
            }

            return row;
        }
    }

    /// <summary>How many documents of its kind and account come after each one in a batch: its number counts back from the last. -1 where its number runs by seller.</summary>
    /// <param name="turns">The batch.</param>
    /// <param name="documents">The documents of a turn that share a series.</param>
    /// <param name="owner">Whose series it is: account and currency; null where its number runs by seller.</param>
    public static List<(T Document, int After)> Numbered<T>(
        IReadOnlyList<TurnRows> turns, Func<Domain.Kernel.Documents, IEnumerable<T>> documents, Func<T, (string Account, string Currency)?> owner)
    {
        var numbered = turns.Gather<(T Document, int After)>((turn, rows) =>
        {
            foreach (var document in documents(turn.Write.Documents))
            {
                rows.Add((document, 0));
            }
        });
        var after = new Dictionary<(string Account, string Currency), int>();
        for (var i = numbered.Count - 1; i >= 0; i--)
        {
            if (owner(numbered[i].Document) is not { } key)
            {
                numbered[i] = (numbered[i].Document, -1);
                continue;
            }

            after[key] = after.GetValueOrDefault(key) + 1;
            numbered[i] = (numbered[i].Document, after[key] - 1);
        }

        return numbered;
    }

    /// <summary>True where an invoice takes its number from its account's counter.</summary>
    public static bool IsNumberedByAccount(Invoice invoice) => invoice.Seller.Numbering.Scope is NumberingScope.Account;

    private sealed class Row(string account, string currency)
    {
        public string Account => account;

        public string Currency => currency;

        public long Amount { get; private set; }

        public long? Seen { get; private set; }

        public int Invoices { get; set; }

        public int CreditNotes { get; set; }

        public bool IsConditional => Amount != 0 && (Seen is not null || Amount < 0);

        public void Add(BalanceMove move)
        {
            Amount += move.Amount;
            Seen ??= move.Seen;
        }
    }
}
