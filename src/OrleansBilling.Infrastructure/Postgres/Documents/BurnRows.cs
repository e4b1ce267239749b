using Npgsql;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Wallets;
using OrleansBilling.Grains.Schedule;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Wallets;

namespace OrleansBilling.Infrastructure.Postgres.Documents;

/// <summary>
/// Turns that change what usage has used of prepaid credit ask for a look at it: those that bill usage or let a line of it wait, and those
/// that leave usage more of a grant, or less, than it had; and those that change what it will cost: by a coupon that is attached or ends, or
/// a scheduled end that may leave it out. A hold takes what usage had left, and asks for nothing.
/// </summary>
internal static class BurnRows
{
    public static void Write(NpgsqlBatch batch, IReadOnlyList<TurnRows> turns)
    {
        var accounts = turns.SelectMany(static turn => Accounts(turn.Write)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (accounts.Count > 0)
        {
            batch.Rows<string>(BurnAsks.Ask, accounts).Text(static account => account).Short(static account => (short)Shards.Of(account));
        }
    }

    private static IEnumerable<string> Accounts(TurnWrite write)
    {
        var documents = write.Documents;
        return write.Rows.OfType<UsageClosedRow>().Select(static row => row.Account)
            .Concat(write.Rows.OfType<UsageOwnerRow>().Select(static row => row.Account))
            // A piece is billed before its span is closed.
            .Concat(documents.Invoices.Any(static invoice => invoice.Lines.Any(static line => line.Draft.Kind is LineKind.Usage)) && write.Account is { } account ? [account] : [])
            .Concat(documents.PendingLines.Where(static line => line.Draft.Kind is LineKind.Usage).Select(static line => line.Account))
            .Concat(documents.Redemptions.Select(static coupon => coupon.Account))
            .Concat(documents.Events.Where(static told => told.Type is SubscriptionCoupons.Ended or SubscriptionCancellation.Scheduled or SubscriptionCancellation.TakenBack).Select(static told => told.Account))
            .Concat(Accounts(documents.Wallets));
    }

    private static IEnumerable<string> Accounts(WalletDocuments wallets) =>
        wallets.Grants.Where(static write => write.Before is { } seen && (write.IsMove || seen.Status != write.Grant.Status || seen.Cycle != write.Grant.Cycle))
            .Select(static write => write.Grant.Account)
            .Concat(wallets.Holds.Where(static write => !write.IsNew && write.Hold.Committed < write.Hold.Amount).Select(static write => write.Hold.Account))
            .Concat(wallets.Wallets.Where(static wallet => wallet.Version > 1).Select(static wallet => wallet.Account));
}
