using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What all items of a change within one period share.</summary>
/// <param name="State">Before the change.</param>
/// <param name="Facts">Holds old and new plans.</param>
/// <param name="Terms">The change.</param>
/// <param name="At">Its instant, within the current period.</param>
/// <param name="Nominal">The full period of the current one.</param>
internal sealed record ChangeFrame(SubscriptionState State, SubscriptionFacts Facts, PendingChange Terms, Instant At, Period Nominal)
{
    /// <summary>The call's policy, the price's, else <c>day</c>.</summary>
    public ProrationPolicy PolicyOf(Price price) => Terms.Proration ?? price.Proration ?? ProrationPolicy.Day;

    /// <summary>What an item costs from the change on.</summary>
    public PriceTerms TermsOf(SubscriptionItem item) => Facts.TermsOf(State, item, At);

    /// <summary>What is left of the period.</summary>
    public Period Rest => new(At, State.CurrentPeriod.End);

    /// <summary>The share with which the period is billed for an item; of one not billed, by <c>day</c>.</summary>
    public Share ShareOf(SubscriptionItem item) =>
        item.History?.Share
        ?? (item.Billed is { } billed
            ? billed.Proration?.Share ?? Share.One
            : Proration.ChargedShare(
                ProrationPolicy.Day, Nominal, State.CurrentPeriod.Start, State.CurrentPeriod.End, State.Interval!, State.Anchor!.TimeZone));
}

/// <summary>An item after a change within its period, with what is credited and charged for it.</summary>
/// <param name="Item">With what was credited settled.</param>
/// <param name="Credits">Unused time of what was billed.</param>
/// <param name="Charges">What ran in arrears until the change, and the rest of the period on the new terms.</param>
internal sealed record ChangedItem(SubscriptionItem Item, ImmutableArray<LineDraft> Credits, ImmutableArray<LineDraft> Charges)
{
    /// <summary>True while something of the item is billed in the current period.</summary>
    public static bool IsRemembered(SubscriptionItem item) => item.Billed is not null || item.History is not null || item.Arrears is not null;

    /// <summary>True where an item that goes must be known until the period ends: what is billed for it, once or for a time.</summary>
    public static bool IsKept(SubscriptionItem item) => item.OneTimeBilled || IsRemembered(item);

    /// <summary>The item on its new terms with its charges as they are.</summary>
    public static SubscriptionItem Unmoved(ItemChange change)
    {
        if (change.Before is not { } before)
        {
            return change.After;
        }

        var sold = SoldTerms.Of(before);
        if (sold == SoldTerms.Of(change.After))
        {
            return change.After;
        }

        return change.After with
        {
            Billed = before.Billed is { } billed ? billed with { Sold = billed.Sold ?? sold } : null,
            History = before.History is { } history
                ? history with { Differences = [.. history.Differences.Select(charge => charge with { Sold = charge.Sold ?? sold })] }
                : null,
            Arrears = before.Arrears is { } running ? running with { Sold = running.Sold ?? sold } : null,
        };
    }

    /// <summary>
    /// An item that is sold on: neither credited nor cut where its price terms stay, or where what was billed for the rest
    /// of the period is what it becomes.
    /// </summary>
    public static ChangedItem Of(ItemChange change, ChangeFrame frame)
    {
        var unmoved = Unmoved(change);
        var terms = frame.TermsOf(change.After);
        if (terms.Price.Kind is PriceKind.OneTime && change.WasSold && frame.TermsOf(change.Before!).Price.Kind is PriceKind.OneTime)
        {
            return new(unmoved, [], []);
        }

        if (change.Before is { } before && IsBilledSo(before, change.WasSold, terms, frame))
        {
            return new(unmoved, [], []);
        }

        return frame.PolicyOf(terms.Price) switch
        {
            ProrationPolicy.None => new(unmoved, [], []),
            ProrationPolicy.FullDifference when ArrearsChange.ChangesTiming(change.Before, terms) => Cut(change, terms, frame, ProrationPolicy.Day),
            ProrationPolicy.FullDifference when terms.InArrears => new(ArrearsChange.Difference(change, unmoved, frame), [], []),
            ProrationPolicy.FullDifference => new(unmoved, [], Difference(unmoved, terms, frame)),
            var policy => Cut(change, terms, frame, policy),
        };
    }

    /// <summary>An item that is sold no longer.</summary>
    public static ChangedItem Without(SubscriptionItem item, ChangeFrame frame)
    {
        var policy = frame.PolicyOf(frame.Facts.PriceOf(item));
        if (policy is ProrationPolicy.None or ProrationPolicy.FullDifference)
        {
            return new(item, [], []);
        }

        ImmutableArray<LineDraft> credits = [.. ItemCredits.Unused(frame.State, frame.Facts, item, frame.At, policy)];
        ImmutableArray<LineDraft> ended = item.Arrears is not null && ArrearsLines.Cut(frame.State, frame.Facts, item, frame.At, policy, isLast: true).Line is { } line
            ? [line]
            : [];
        return new(Settled(item, item with { Arrears = null }, credits.AddRange(ended), frame), credits, ended);
    }

    private static bool IsBilledSo(SubscriptionItem before, bool wasSold, PriceTerms terms, ChangeFrame frame)
    {
        var currency = frame.State.Currency;
        if (wasSold && frame.TermsOf(before).SameAs(terms, currency))
        {
            return true;
        }

        if (before.Arrears is { } running)
        {
            return frame.Facts.TermsOf(frame.State, before.On(running.Sold), running.From).SameAs(terms, currency);
        }

        return before.Billed is { } billed
            && !ItemCredits.IsVoid(billed, frame.Facts)
            && before.History is null or { Differences.IsEmpty: true }
            && (billed.Sold is { } sold
                ? frame.TermsOf(sold.On(before))
                : frame.TermsOf(before)).SameAs(terms, currency);
    }

    private static ChangedItem Cut(ItemChange change, PriceTerms terms, ChangeFrame frame, ProrationPolicy policy)
    {
        ImmutableArray<LineDraft> credits = change.Before is { } before
            ? [.. ItemCredits.Unused(frame.State, frame.Facts, before, frame.At, policy)]
            : [];
        var (ended, running) = ArrearsChange.Cut(change.Before, terms, frame, policy);
        ImmutableArray<LineDraft> over = ended is null ? [] : [ended];
        var settled = Settled(change.Before, change.After with { Arrears = running }, credits.AddRange(over), frame);
        var charge = terms.InAdvance
            ? ItemLines.RestOfPeriod(frame.State, frame.Facts, settled, frame.Rest, frame.Nominal, policy)
            : OneTime(settled, terms, frame);
        return new(settled, credits, charge is null ? over : over.Add(charge));
    }

    private static ImmutableArray<LineDraft> Difference(SubscriptionItem item, PriceTerms terms, ChangeFrame frame)
    {
        var charge = terms.InAdvance
            ? ItemLines.Difference(frame.State, frame.Facts, item, frame.ShareOf(item), ItemCredits.BilledNet(item, frame.Facts))
            : OneTime(item, terms, frame);
        return charge is null ? [] : [charge];
    }

    private static LineDraft? OneTime(SubscriptionItem item, PriceTerms terms, ChangeFrame frame) =>
        terms.Price.Kind is PriceKind.OneTime && !item.OneTimeBilled
            ? ItemLines.OneTime(frame.State, frame.Facts, item, frame.Rest)
            : null;

    /// <summary>The item with its charges closed: what stays billed of each, and what was billed of what ran, is kept.</summary>
    private static SubscriptionItem Settled(SubscriptionItem? before, SubscriptionItem after, ImmutableArray<LineDraft> closing, ChangeFrame frame)
    {
        if (before is null || !IsRemembered(before))
        {
            return after;
        }

        var settled = before.Open().Select(charge => new SettledCharge(
            charge.Invoice, charge.Line, charge.Amount + closing.Where(credit => credit.CreditedLine == charge.Line).Sum(credit => credit.Amount)));
        var ended = closing.Where(line => line.CreditedLine is null).Select(line => SettledCharge.NotIssued(line.Amount));
        return after with { Billed = null, History = new ItemHistory(frame.ShareOf(before), [.. before.History?.Settled ?? [], .. settled, .. ended], []) };
    }
}
