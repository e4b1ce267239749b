using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What recurring prices cost in a time that all intervals share: in the account's currency, at the quantities and negotiated
/// prices in force, by the plans' own prices (phases aside), without usage and one-time prices.
/// </summary>
/// <remarks>A month counts as 365.2425 / 12 days, a week as 7.</remarks>
public static class RecurringAmount
{
    private const decimal DaysOfAMonth = 365.2425m / 12;

    /// <summary>Exact minor units a day of some items: equal where the same comes by other parts.</summary>
    public static decimal PerDay(SubscriptionState state, IEnumerable<SubscriptionItem> items, SubscriptionFacts facts, Instant at) =>
        Rounding.SumOfQuotients(items.Sum(item => PerPeriod(state, item, facts, at) / Days(facts.PlanOf(item).Interval)));

    /// <summary>Exact minor units a month of all items, before a change and after it.</summary>
    public static (decimal Before, decimal After) PerMonth(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at) =>
        (PerDay(state, state.Items, facts, at) * DaysOfAMonth, PerDay(state, ItemsAfter(state, order, facts, at), facts, at) * DaysOfAMonth);

    /// <summary>The items that a change leaves.</summary>
    internal static IEnumerable<SubscriptionItem> ItemsAfter(SubscriptionState state, ChangeOrder order, SubscriptionFacts facts, Instant at)
    {
        var pending = new PendingChange(at, order.Plan.Code, order.Plan.Version, order.Quantities) { Overrides = order.Overrides };
        return ItemMatch.Of(state, pending, order.Plan, facts, new IdSource("recurring", at)).Kept.Select(change => change.After);
    }

    private static decimal PerPeriod(SubscriptionState state, SubscriptionItem item, SubscriptionFacts facts, Instant at)
    {
        var terms = new PriceTerms(facts.PlanOf(item), facts.PriceOf(item), item.Quantity)
        {
            Override = item.Override is { } given && given.AppliesAt(at) ? given : null,
        };
        if (terms.Price.Kind is not PriceKind.Recurring || terms.ModelIn(state.Currency) is not { } model)
        {
            return 0;
        }

        var rated = Rater.Rate(model, new RatingInput(item.Quantity) { PercentOff = terms.PercentOff });
        return rated.IsAccepted ? rated.Value.Exact : 0;
    }

    private static decimal Days(BillingInterval interval) => interval.Days ?? interval.Months!.Value * DaysOfAMonth;
}
