namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists the ids of invoices, credit notes and payments; what they show is read by the rooms' own readers.</summary>
public sealed class InvoiceQueries(BillingDatabase database)
{
    // Its own, and those that gather lines of it.
    private const string OfSubscription =
        "i.id in (select id from invoice where subscription = ? union select invoice from invoice_line where subscription = ? and has_waited)";

    /// <summary>Invoices, newest first.</summary>
    public Task<Page<PagePlace>> ListAsync(
        PageOf page, string? account, string? subscription, string? status, string? number, CancellationToken cancellation) =>
        new ListQuery("select i.created_at, i.id from invoice i join account a on a.id = i.account", "i.created_at", "i.id", ("i.seq", "select seq from invoice where id = ?"))
            .Where("i.account = ?", account).Where(OfSubscription, subscription).Where("i.status = ?", status).Where("i.number = ?", number)
            .Where("not a.deleted")
            .ReadAsync(database, page, row => new PagePlace(Sql.Instant(row, 0), row.GetString(1)), cancellation);

    /// <summary>Credit notes, newest first.</summary>
    public Task<Page<PagePlace>> ListCreditNotesAsync(PageOf page, string? account, string? invoice, string? number, CancellationToken cancellation) =>
        new ListQuery("select n.created_at, n.id from credit_note n join account a on a.id = n.account", "n.created_at", "n.id", ("n.seq", "select seq from credit_note where id = ?"))
            .Where("n.account = ?", account).Where("n.invoice = ?", invoice).Where("n.number = ?", number)
            .Where("not a.deleted")
            .ReadAsync(database, page, row => new PagePlace(Sql.Instant(row, 0), row.GetString(1)), cancellation);

    /// <summary>Payments with their invoices, newest first.</summary>
    public Task<Page<(PagePlace Place, string Invoice)>> ListPaymentsAsync(
        PageOf page, string? account, string? invoice, string? status, CancellationToken cancellation) =>
        new ListQuery("select p.created_at, p.id, p.invoice from payment p join account a on a.id = p.account", "p.created_at", "p.id", ("p.seq", "select seq from payment where id = ?"))
            .Where("p.account = ?", account).Where("p.invoice = ?", invoice).Where("p.status = ?", status)
            .Where("not a.deleted")
            .ReadAsync(database, page, row => (new PagePlace(Sql.Instant(row, 0), row.GetString(1)), row.GetString(2)), cancellation);
}
