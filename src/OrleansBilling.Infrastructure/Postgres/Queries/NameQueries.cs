using Npgsql;
using NpgsqlTypes;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>A resource that a request names, and the clock it lives on.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Account">The account it belongs to; itself for accounts.</param>
/// <param name="Clock"><c>live</c>, or the id of a test clock.</param>
public sealed record Named(string Id, string Account, string Clock);

/// <summary>Finds resources by id or by the caller's own name, each by one indexed query; those of a moment that holds name share it.</summary>
public sealed class NameQueries(BillingDatabase database, TurnDatabase turns)
{
    private readonly Gathered<string, Named> _wallets = new(ids => ReadAsync(
        turns, "select w.id, w.id, a.id, a.clock from unnest($1) as s (id) join wallet w on w.id = s.id join account a on a.id = w.account where not a.deleted", ids));

    private readonly Gathered<string, Named> _holds = new(ids => ReadAsync(
        turns, "select h.id, h.wallet, a.id, a.clock from unnest($1) as s (id) join wallet_hold h on h.id = s.id join account a on a.id = h.account where not a.deleted", ids));

    /// <summary>An account by id or external id.</summary>
    public Task<Named?> AccountAsync(string name, CancellationToken cancellation) => FindAsync(
        """
        select id, id, clock from account where id = $1 and not deleted
        union all
        select id, id, clock from account where external_id = $1 and not deleted limit 1
        """,
        name,
        cancellation);

    /// <summary>A subscription by id or external id.</summary>
    public Task<Named?> SubscriptionAsync(string name, CancellationToken cancellation) => FindAsync(
        """
        select s.id, a.id, a.clock from subscription s join account a on a.id = s.account where s.id = $1 and not a.deleted
        union all
        select s.id, a.id, a.clock from subscription s join account a on a.id = s.account where s.external_id = $1 and not a.deleted limit 1
        """,
        name,
        cancellation);

    /// <summary>An invoice by id.</summary>
    public Task<Named?> InvoiceAsync(string id, CancellationToken cancellation) => FindAsync(
        "select i.id, a.id, a.clock from invoice i join account a on a.id = i.account where i.id = $1 and not a.deleted",
        id,
        cancellation);

    /// <summary>A credit note by id.</summary>
    public Task<Named?> CreditNoteAsync(string id, CancellationToken cancellation) => FindAsync(
        "select n.id, a.id, a.clock from credit_note n join account a on a.id = n.account where n.id = $1 and not a.deleted",
        id,
        cancellation);

    /// <summary>The invoice that a payment settles.</summary>
    public Task<Named?> InvoiceOfPaymentAsync(string id, CancellationToken cancellation) => FindAsync(
        "select p.invoice, a.id, a.clock from payment p join account a on a.id = p.account where p.id = $1 and not a.deleted",
        id,
        cancellation);

    /// <summary>A wallet by id.</summary>
    public Task<Named?> WalletAsync(string id, CancellationToken cancellation) => _wallets.FindAsync(id).WaitAsync(cancellation);

    /// <summary>The wallet of a hold.</summary>
    public Task<Named?> WalletOfHoldAsync(string id, CancellationToken cancellation) => _holds.FindAsync(id).WaitAsync(cancellation);

    private static async Task<IReadOnlyDictionary<string, Named>> ReadAsync(TurnDatabase database, string sql, IReadOnlyList<string> ids)
    {
        await using var command = database.Source.CreateCommand(sql);
        command.Add(NpgsqlDbType.Text, ids.ToArray());
        return (await Sql.ListAsync(command, row => (Asked: row.GetString(0), Named: new Named(row.GetString(1), row.GetString(2), row.GetString(3))), CancellationToken.None))
            .ToDictionary(row => row.Asked, row => row.Named, StringComparer.Ordinal);
    }

    private async Task<Named?> FindAsync(string sql, string name, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await Sql.SingleAsync(command, row => new Named(row.GetString(0), row.GetString(1), row.GetString(2)), cancellation);
    }
}
