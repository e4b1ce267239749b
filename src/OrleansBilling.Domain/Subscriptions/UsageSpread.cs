using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Parts the amount of a usage line by time where grants of prepaid credit begin or end within its span: usage is paid by grants that
/// counted at its time, in event order by its marginal price (rules.md, "Prepaid credits").
/// </summary>
internal static class UsageSpread
{
    private static readonly Duration LastInstant = Duration.FromTicks(10);

    /// <summary>The parts; empty where no grant tells them apart.</summary>
    /// <param name="part">The span.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="model">The model in the subscription's currency.</param>
    /// <param name="amount">Minor units of the whole; what exceeds the usage (a minimum) falls on the last part.</param>
    /// <param name="billed">Minor units of it that pieces have billed: they are taken for the earliest usage.</param>
    /// <param name="facts">Holds the payer's grants, and the usage.</param>
    public static ImmutableArray<UsageShare> Of(UsagePart part, PriceTerms terms, PricingModel model, long amount, long billed, SubscriptionFacts facts)
    {
        ImmutableArray<Instant> bounds = [.. facts.Payer.Prepaid
            .Where(held => held.Grant.Free > 0 && (held.Wallet.AppliesTo.IsEmpty || held.Wallet.AppliesTo.Contains(part.Price)))
            .SelectMany(held => held.Grant.Bounds).Where(at => part.Span.Start < at && at < part.Span.End).Distinct().Order()];
        if (amount <= billed || bounds.IsEmpty)
        {
            return [];
        }

        // A volume price is known at the end alone.
        if (model is VolumeModel)
        {
            return AtTheEnd(part.Span.End, amount - billed);
        }

        var shares = ImmutableArray.CreateBuilder<UsageShare>(bounds.Length + 1);
        var (start, before) = (part.Span.Start, 0L);
        foreach (var bound in bounds)
        {
            var used = facts.Usage.Of(UsageNeed.Of(part.Meter, terms.Price, model, new Period(part.Span.Start, bound)));
            var rated = UsageRater.Rate(model, used, part.Bounds, terms.PercentOff, withMinimum: false);
            // What a later event takes back (a gain, a correction) was not used before it either.
            var upTo = Math.Clamp(rated.IsAccepted ? rated.Value.Amount : before, before, amount);
            shares.Add(new UsageShare(new Period(start, bound), Math.Max(upTo - billed, 0) - Math.Max(before - billed, 0)));
            (start, before) = (bound, upTo);
        }

        shares.Add(new UsageShare(new Period(start, part.Span.End), Math.Max(amount - billed, 0) - Math.Max(before - billed, 0)));
        return shares.ToImmutable();
    }

    /// <summary>The parts of a span that may still run: a volume price is known, and paid, at the end that is ahead.</summary>
    /// <param name="part">The span so far.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="model">The model in the subscription's currency.</param>
    /// <param name="amount">Minor units so far.</param>
    /// <param name="billed">Minor units of it that pieces have billed.</param>
    /// <param name="facts">Holds the payer's grants, and the usage.</param>
    /// <param name="end">When the span will end.</param>
    public static ImmutableArray<UsageShare> SoFar(UsagePart part, PriceTerms terms, PricingModel model, long amount, long billed, SubscriptionFacts facts, Instant end) =>
        model is VolumeModel && amount > billed ? AtTheEnd(Instant.Max(end, part.Span.End), amount - billed) : Of(part, terms, model, amount, billed, facts);

    private static ImmutableArray<UsageShare> AtTheEnd(Instant end, long amount) => [new UsageShare(new Period(end - LastInstant, end), amount)];
}
