using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// What a change within the period does to an item billed in arrears: the part until the change is billed by its share and
/// the new terms run from there. A price that only changes its quantity goes on: its parts are rated together.
/// </summary>
internal static class ArrearsChange
{
    /// <summary>Ends the part that runs for the item before the change, where one does.</summary>
    public static (LineDraft? Line, ItemArrears? Running) Cut(SubscriptionItem? before, PriceTerms terms, ChangeFrame frame, ProrationPolicy policy)
    {
        var begun = terms.InArrears ? new ItemArrears(frame.At) { Policy = policy, Changed = true } : null;
        if (before?.Arrears is not { } running)
        {
            return (null, begun);
        }

        var goesOn = terms.InArrears && frame.Facts.TermsOf(frame.State, before.On(running.Sold), running.From).SamePriceAs(terms, frame.State.Currency);
        var (line, part) = ArrearsLines.Cut(frame.State, frame.Facts, before, frame.At, policy, isLast: !goesOn);
        return (line, goesOn ? begun! with { Parts = running.Parts.Add(part), Less = running.Less } : begun);
    }

    /// <summary>True where the item is billed in the period at the other end of it: then there is no difference to take.</summary>
    public static bool ChangesTiming(SubscriptionItem? before, PriceTerms terms) =>
        before is not null && ChangedItem.IsRemembered(before) && (before.Arrears is null) == terms.InArrears;

    /// <summary>
    /// <c>full_difference</c>: the period will be billed as if it had begun on the new terms, where that is more than what
    /// runs; a decrease leaves it as it is.
    /// </summary>
    /// <param name="change">The item before and after.</param>
    /// <param name="unmoved">The item on its new terms, with what runs as it is.</param>
    /// <param name="frame">The change.</param>
    public static SubscriptionItem Difference(ItemChange change, SubscriptionItem unmoved, ChangeFrame frame)
    {
        var state = frame.State;
        var whole = new ItemArrears(state.CurrentPeriod.Start)
        {
            Policy = ProrationPolicy.FullDifference,
            Changed = true,
            Less = change.Before is { } known ? ItemCredits.BilledNet(known, frame.Facts) : 0,
        };
        var raised = change.After with { History = unmoved.History, Arrears = whole };
        return change.Before is { Arrears: not null } before && Expected(raised, frame) <= Expected(before, frame) ? unmoved : raised;
    }

    private static long Expected(SubscriptionItem item, ChangeFrame frame) => ArrearsLines.Cut(
        frame.State, frame.Facts, item, frame.State.CurrentPeriod.End, ProrationPolicy.Day, isLast: true).Line?.Amount ?? 0;
}
