using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>Something sold by a subscription: one price of a plan version, with a quantity.</summary>
/// <param name="Id"><c>item_...</c></param>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">Version of the plan.</param>
/// <param name="Price">Price code.</param>
/// <param name="Quantity">Not negative.</param>
public sealed record SubscriptionItem(string Id, string Plan, int PlanVersion, string Price, decimal Quantity)
{
    /// <summary>True where it belongs to a plan that was added beside the subscription's own: a change of plan leaves it alone.</summary>
    public bool AddOn { get; init; }

    /// <summary>Its negotiated price, in force or ended; null takes the catalog's.</summary>
    public PriceOverride? Override { get; init; }

    /// <summary>What was billed in advance for the current period; null where nothing was.</summary>
    public BilledCharge? Billed { get; init; }

    /// <summary>What changes did to it within the current period; null where none did.</summary>
    public ItemHistory? History { get; init; }

    /// <summary>What runs for it until it is billed in arrears; null where nothing does.</summary>
    public ItemArrears? Arrears { get; init; }

    /// <summary>The usage that counts for it; null where it has no usage price, and while nothing counts.</summary>
    public ItemUsage? Usage { get; init; }

    /// <summary>True once its one-time price was billed, or where a change brought it in without charging it.</summary>
    public bool OneTimeBilled { get; init; }

    /// <summary>The item with nothing billed: a new period begins, or none is left.</summary>
    public SubscriptionItem Cleared() => this with { Billed = null, History = null, Arrears = null };

    /// <summary>The item on other terms; null leaves it on its own.</summary>
    public SubscriptionItem On(SoldTerms? sold) => sold?.On(this) ?? this;

    /// <summary>The charges of the current period whose unused time was not credited yet.</summary>
    public IEnumerable<BilledCharge> Open()
    {
        if (Billed is { } billed)
        {
            yield return billed;
        }

        foreach (var difference in History?.Differences ?? [])
        {
            yield return difference;
        }
    }
}

/// <summary>What changes within the current period left behind on an item.</summary>
/// <param name="Share">The share with which the period was billed for the item.</param>
/// <param name="Settled">Charges that were credited from some instant on: what of them stayed billed.</param>
/// <param name="Differences">Charges by <c>full_difference</c> beside <see cref="SubscriptionItem.Billed"/>, not credited yet.</param>
public sealed record ItemHistory(Share Share, ImmutableArray<SettledCharge> Settled, ImmutableArray<BilledCharge> Differences);

/// <summary>A charge whose unused time was credited. Its line may still be taken back, by a credit note or with its whole invoice.</summary>
/// <param name="Invoice">The invoice of the line.</param>
/// <param name="Line">The line.</param>
/// <param name="Amount">Minor units that stayed billed, before discounts; less what credit notes take of the line.</param>
public sealed record SettledCharge(string? Invoice, string Line, long Amount)
{
    /// <summary>A line of the step that is being decided: <see cref="SubscriptionInvoicing.Remember"/> names it once it is issued.</summary>
    public static SettledCharge NotIssued(long amount) => new("", "", amount);
}

/// <summary>What an item was when a charge was billed for it: a later change by <c>none</c> leaves the charge as it is.</summary>
/// <param name="Plan">Plan code.</param>
/// <param name="PlanVersion">Version of the plan.</param>
/// <param name="Quantity">The quantity billed.</param>
public sealed record SoldTerms(string Plan, int PlanVersion, decimal Quantity)
{
    /// <summary>The negotiated price that it had, or null.</summary>
    public PriceOverride? Override { get; init; }

    /// <summary>The terms of an item as it stands.</summary>
    public static SoldTerms Of(SubscriptionItem item) => new(item.Plan, item.PlanVersion, item.Quantity) { Override = item.Override };

    /// <summary>The item as it was sold on these terms.</summary>
    public SubscriptionItem On(SubscriptionItem item) =>
        item with { Plan = Plan, PlanVersion = PlanVersion, Quantity = Quantity, Override = Override };
}
