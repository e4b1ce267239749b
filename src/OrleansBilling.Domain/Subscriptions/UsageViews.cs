using OrleansBilling.Domain.Metering;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Which views of its meters a subscription's prices look at. They are asked for when their usage begins to count, so that it is added up
/// while it comes in, and closing a period reads hours.
/// </summary>
public static class UsageViews
{
    /// <summary>The views of items for which usage begins to count with a step.</summary>
    /// <param name="before">Before the step; null for a new subscription.</param>
    /// <param name="after">After it.</param>
    /// <param name="facts">Holds the plans of the items.</param>
    public static IEnumerable<(string Meter, UsageView View)> Begun(SubscriptionState? before, SubscriptionState after, SubscriptionFacts facts)
    {
        foreach (var item in after.Items)
        {
            if (item.Usage is not { } running || before?.Items.FirstOrDefault(one => one.Id == item.Id)?.Usage == running)
            {
                continue;
            }

            var terms = facts.TermsOf(after, item, running.From);
            if (terms.ModelIn(after.Currency) is { } model && UsageView.Of(UsageNeed.Of(running.Meter, terms.Price, model, after.CurrentPeriod)) is { } view)
            {
                yield return (running.Meter, view);
            }
        }
    }
}
