using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;
using OrleansBilling.Grains.Wallets;

namespace OrleansBilling.Grains.Accounts;

/// <summary>What a turn of an account reads where it names a payer.</summary>
/// <param name="Parent">The payer; null where none is named, or there is no such account.</param>
internal sealed record PayerRead(AccountFacts? Parent)
{
    /// <summary>Other accounts are billed to this one.</summary>
    public bool PaysForOthers { get; init; }

    /// <summary>Lines of the account wait for an invoice.</summary>
    public bool LinesWait { get; init; }
}

/// <summary>Decides whether another account may pay for one.</summary>
internal static class AccountPayers
{
    /// <summary>What stands against the payer of the account as it shall be, or null.</summary>
    public static Refusal? RefusalOf(AccountState? before, AccountState after, PayerRead read)
    {
        var (old, payer) = (before?.Settings, after.Settings.BilledTo);
        if (payer is not null && after.Settings.InvoiceGrouping is InvoiceGrouping.Account)
        {
            return PayerRules.NotGrouped();
        }

        if (payer == old?.BilledTo && (payer is null || after.Settings.Currency == old!.Currency))
        {
            return null;
        }

        if (payer is not null && PayerRules.RefusalOf(after.Facts(), read.Parent, read.PaysForOthers) is { } refusal)
        {
            return refusal;
        }

        return payer == old?.BilledTo ? null : read.LinesWait ? PayerRules.LinesWait() : null;
    }

    /// <summary>Where another account pays from now on: usage that is not billed yet uses its prepaid credit, and that of the former one no longer.</summary>
    public static ImmutableArray<DueWrite> Changed(AccountState? before, AccountState after, Instant now) =>
        before is null || before.Settings.BilledTo == after.Settings.BilledTo
            ? []
            : [.. new[] { before.Settings.BilledTo, after.Settings.BilledTo }.Select(payer => AccountWallets.Due(payer ?? after.Id, after.Clock, now))];
}
