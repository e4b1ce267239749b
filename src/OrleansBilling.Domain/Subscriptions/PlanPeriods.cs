using OrleansBilling.Domain.Catalog;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>How many paid periods a subscription has had on a plan.</summary>
/// <param name="Count">With the one counted last.</param>
/// <param name="End">The boundary at which that one ends, so that none is counted twice.</param>
public sealed record PlanPeriods(int Count, NodaTime.Instant End);

/// <summary>
/// Counts the paid periods on each plan, by which a phase is chosen: from the first period in which something of the plan is
/// billed. A partial period counts as one, whether it is the subscription's first or one into which a change brought the plan.
/// A plan that was left goes on counting where it stopped, so that leaving and returning never brings an intro price back; its
/// versions count together.
/// </summary>
internal static class PhaseCount
{
    /// <summary>The state with its current period counted for every plan that it sells: also without phases, which a later version may have.</summary>
    public static SubscriptionState Counted(SubscriptionState state)
    {
        var (periods, end) = (state.PlanPeriods, state.CurrentPeriod.End);
        foreach (var item in state.Items)
        {
            var had = periods.GetValueOrDefault(item.Plan);
            if (had is null || had.End != end)
            {
                periods = periods.SetItem(item.Plan, new PlanPeriods((had?.Count ?? 0) + 1, end));
            }
        }

        return state with { PlanPeriods = periods };
    }

    /// <summary>The phase of a plan in the period counted last, from 1; null where the plan's own prices apply.</summary>
    public static int? PhaseOf(SubscriptionState state, PlanVersion plan)
    {
        var period = state.PlanPeriods.GetValueOrDefault(plan.Code)?.Count ?? 1;
        for (var i = 0; i < plan.Phases.Length; i++)
        {
            if (period <= plan.Phases[i].Periods)
            {
                return i + 1;
            }

            period -= plan.Phases[i].Periods;
        }

        return null;
    }
}
