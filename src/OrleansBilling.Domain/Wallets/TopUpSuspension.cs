using OrleansBilling.Domain.Invoicing;

namespace OrleansBilling.Domain.Wallets;

/// <summary>
/// Suspends an automatic top-up whose invoice has come to nothing (voided, or written off), so that a dead card is not sold to in
/// every cycle; a grant of the wallet that is paid ends it, as does setting the top-up anew.
/// </summary>
internal static class TopUpSuspension
{
    /// <summary>What the invoice of a grant has come to, before the grant changes by it.</summary>
    public static void Hear(WalletChange change, Grant grant)
    {
        var wallet = change.State.Wallet;
        if (wallet.TopUp is not { } topUp || grant.Status is not GrantStatus.Pending)
        {
            return;
        }

        if (grant.Sale is InvoiceStatus.Paid && topUp.SuspendedAt is not null)
        {
            change.Set(Next(wallet, change, topUp with { SuspendedAt = null, Since = change.Now }));
            change.Tell("wallet.top_up_resumed", wallet.Id, ("grant", grant.Id), ("invoice", grant.Invoice));
        }
        else if (grant is { IsTopUp: true, Sale: InvoiceStatus.Void or InvoiceStatus.Uncollectible } && topUp.SuspendedAt is null && !(grant.CreatedAt < topUp.Since))
        {
            change.Set(Next(wallet, change, topUp with { SuspendedAt = change.Now }));
            change.Tell("wallet.top_up_suspended", wallet.Id, ("grant", grant.Id), ("invoice", grant.Invoice));
        }
    }

    // One turn counts one version, however often it changes the settings.
    private static Wallet Next(Wallet wallet, WalletChange change, TopUp topUp) => wallet with { TopUp = topUp, Version = change.VersionAfter };
}
