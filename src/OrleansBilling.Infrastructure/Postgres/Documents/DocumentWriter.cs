using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Writes the rows of many turns into one batch, which runs as one transaction and one round trip.
/// </summary>
/// <remarks>
/// <para>Tables come in a fixed order and rows that others may hold come by key, so that batches of two silos do not
/// deadlock: conditions and states first, documents, due work, then coupons, and balances with the invoices numbered from them.</para>
/// <para>Conditions are checked by the statements themselves (SQLSTATE <c>OB001</c>, see <see cref="TurnFaults"/>), so
/// that a miss takes the whole batch back.</para>
/// </remarks>
internal static class DocumentWriter
{
    /// <summary>Adds all statements that the turns need; a statement without rows is left out.</summary>
    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        ConditionRows.Facts(batch, turns);
        CommandRows.Write(batch, turns);
        StateRows.Write(batch, turns);
        ProjectionRows.Write(batch, turns);
        PaymentRows.Write(batch, turns);
        CreditRows.Write(batch, turns);
        WalletRows.Write(batch, turns);
        InvoiceLineRows.Write(batch, turns);
        PendingRows.Write(batch, turns);
        LedgerRows.Write(batch, turns);
        DueRows.Write(batch, turns);
        BurnRows.Write(batch, turns);
        GatherRows.Write(batch, turns);
        GroupRows.Write(batch, turns);
        CouponRows.Write(batch, turns);
        BalanceRows.Write(batch, turns);
        InvoiceRows.Write(batch, turns);
        CreditNoteRows.Write(batch, turns);
        InvoiceHeaderRows.Write(batch, turns);
    }
}
