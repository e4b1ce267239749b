using OrleansBilling.Domain.Wallets;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Queries;

/// <summary>Lists wallets, grants, holds and movements, newest first.</summary>
public sealed class WalletQueries(BillingDatabase database)
{
    /// <summary>Wallets.</summary>
    public Task<Page<Wallet>> ListAsync(PageOf page, string? account, CancellationToken cancellation) =>
        new ListQuery(WalletReads.List, "w.created_at", "w.id")
            .Where("w.account = ?", account).Where("not a.deleted")
            .ReadAsync(database, page, WalletReads.Wallet, cancellation);

    /// <summary>Grants of a wallet, the ended ones too.</summary>
    public Task<Page<Grant>> GrantsAsync(PageOf page, string wallet, CancellationToken cancellation) =>
        new ListQuery(WalletReads.Grants, "g.created_at", "g.id").Where("g.wallet = ?", wallet)
            .ReadAsync(database, page, WalletReads.Grant, cancellation);

    /// <summary>Holds of a wallet.</summary>
    public Task<Page<Hold>> HoldsAsync(PageOf page, string wallet, string? status, CancellationToken cancellation) =>
        new ListQuery(WalletReads.HoldList, "h.created_at", "h.id").Where("h.wallet = ?", wallet).Where("h.status = ?", status)
            .ReadAsync(database, page, WalletReads.Hold, cancellation);

    /// <summary>Movements of a wallet's grants.</summary>
    public Task<Page<WalletMovement>> MovementsAsync(PageOf page, string wallet, string? grant, CancellationToken cancellation) =>
        new ListQuery("select m.id, m.wallet, m.grant_id, m.account, m.kind, m.amount, m.value, m.at, m.cause, m.invoice, m.line, m.paid, m.cycle from wallet_movement m", "m.at", "m.id", ("m.seq", "select seq from wallet_movement where id = ?"))
            .Where("m.wallet = ?", wallet).Where("m.grant_id = ?", grant)
            .ReadAsync(database, page, WalletReads.Movement, cancellation);

    /// <summary>A hold, or null.</summary>
    public async Task<Hold?> HoldAsync(string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new Npgsql.NpgsqlCommand($"{WalletReads.HoldList} where h.id = $1", connection) { Parameters = { new() { Value = id } } };
        return await Sql.SingleAsync(command, WalletReads.Hold, cancellation);
    }
}
