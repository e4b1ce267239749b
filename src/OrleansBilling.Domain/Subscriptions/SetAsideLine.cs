using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;

using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>A line that could not be rated: it waits for a person, while the rest of its invoice went out.</summary>
/// <param name="Id"><c>aside_...</c></param>
/// <param name="Kind">What it would have been.</param>
/// <param name="Item">The item that it bills.</param>
/// <param name="Price">Code of the price.</param>
/// <param name="Sold">Plan, version, quantity and negotiated price at the time.</param>
/// <param name="Period">What it bills.</param>
/// <param name="Why">The reason, and what rating it again needs.</param>
/// <param name="At">When it was set aside.</param>
public sealed record SetAsideLine(string Id, LineKind Kind, string Item, string Price, SoldTerms Sold, Period Period, UnratedLine Why, Instant At)
{
    /// <summary>The usage that it bills; null on other lines.</summary>
    public UsagePart? Usage { get; init; }

    /// <summary>How its share was measured; null where it is whole.</summary>
    public ProrationPolicy? Policy { get; init; }

    /// <summary>The line of a draft without an amount.</summary>
    public static SetAsideLine Of(LineDraft draft, string id, Instant at)
    {
        var why = draft.Unrated!;
        return new SetAsideLine(
            id, draft.Kind, draft.Item!, draft.Price!, new SoldTerms(draft.Plan!, why.PlanVersion, draft.Quantity ?? 0) { Override = why.Override }, draft.Period, why, at)
        {
            Policy = draft.Proration?.Policy,
            Usage = draft.Usage?.Part,
        };
    }
}
