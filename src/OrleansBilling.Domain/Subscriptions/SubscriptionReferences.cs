namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What must be read before a decision about a subscription can be made.</summary>
public static class SubscriptionReferences
{
    /// <summary>The plan versions that its items, its billed charges and its pending change name, each once.</summary>
    public static IEnumerable<(string Code, int Version)> Plans(SubscriptionState state) => AllPlans(state).Distinct();

    /// <summary>
    /// The invoices whose lines may be credited or count as billed, and those that gave of a coupon in this period, each once;
    /// those of <see cref="Waited"/> beside them.
    /// </summary>
    public static IEnumerable<string> Invoices(SubscriptionState state) =>
        Billed(state).Select(line => line.Invoice).Concat(Uses(state).SelectMany(use => new[] { use.Invoice, use.CreditedInvoice })).OfType<string>()
            .Concat(Reliances(state).Select(one => one.Invoice).OfType<string>()).Distinct(StringComparer.Ordinal);

    /// <summary>Lines that were made to wait for an invoice, of the same kinds, each once: where they stand is read.</summary>
    public static IEnumerable<string> Waited(SubscriptionState state) =>
        Billed(state).Where(line => line.Invoice is null).Select(line => line.Line)
            .Concat(Uses(state).SelectMany(use => new[] { use.Line, use.CreditedLine }).OfType<string>())
            .Concat(Reliances(state).Select(one => one.Line).OfType<string>()).Distinct(StringComparer.Ordinal);

    /// <summary>True where a renewal must know whether invoices are void: coupons, parts of a period and commitments count only what stands.</summary>
    public static bool RenewalNeedsInvoices(SubscriptionState state) =>
        state.Coupons.Any(coupon => !coupon.Uses.IsEmpty || !coupon.ReliesOn.IsEmpty)
        || !state.Commitments.IsEmpty
        || !state.CommitmentsWaiting.IsEmpty
        || state.Items.Concat(state.Former).Any(item => item.Arrears is { Parts.IsEmpty: false })
        || Pieces(state).Any();

    private static IEnumerable<CouponReliance> Reliances(SubscriptionState state) => state.Coupons.SelectMany(coupon => coupon.ReliesOn);

    private static IEnumerable<CouponUse> Uses(SubscriptionState state) => state.Coupons.SelectMany(coupon => coupon.Uses);

    private static IEnumerable<(string? Invoice, string Line)> Billed(SubscriptionState state) =>
        state.Items.Concat(state.Former).SelectMany(item => item.Open().Select(charge => (charge.Invoice, charge.Line))
            .Concat((item.History?.Settled ?? []).Select(charge => (charge.Invoice, charge.Line)))
            .Concat(item.Arrears is { } running ? running.Parts.Where(part => part.Line is not null).Select(part => (part.Invoice, part.Line!)) : []))
            .Concat(state.Commitments.Concat(state.CommitmentsWaiting.Select(ended => ended.Running))
                .SelectMany(running => running.Lines).Select(line => (line.Invoice, line.Line)))
            .Concat(Pieces(state).Select(piece => (piece.Charge.Invoice, piece.Charge.Line)));

    /// <summary>What was billed of usage that is not closed yet.</summary>
    private static IEnumerable<UsagePiece> Pieces(SubscriptionState state) =>
        state.Items.SelectMany(item => item.Usage is { } running ? running.Pieces : [])
            .Concat(state.UsageWaiting.SelectMany(part => part.Pieces))
            .Concat(state.SetAside.SelectMany(line => line.Usage is { } part ? part.Pieces : []));

    private static IEnumerable<(string Code, int Version)> AllPlans(SubscriptionState state)
    {
        yield return (state.Plan, state.PlanVersion);
        foreach (var item in state.Items.Concat(state.Former))
        {
            yield return (item.Plan, item.PlanVersion);
            foreach (var charge in item.Open())
            {
                if (charge.Sold is { } sold)
                {
                    yield return (sold.Plan, sold.PlanVersion);
                }
            }

            if (item.Arrears?.Sold is { } running)
            {
                yield return (running.Plan, running.PlanVersion);
            }
        }

        foreach (var line in state.SetAside)
        {
            yield return (line.Sold.Plan, line.Sold.PlanVersion);
        }

        foreach (var running in state.Commitments.Concat(state.CommitmentsWaiting.Select(ended => ended.Running)))
        {
            yield return (running.Plan, running.PlanVersion);
        }

        foreach (var part in state.UsageWaiting)
        {
            yield return (part.Sold.Plan, part.Sold.PlanVersion);
        }

        if (state.PendingChange is { } pending)
        {
            yield return (pending.Plan, pending.PlanVersion);
            foreach (var added in pending.Added)
            {
                yield return (added.Plan, added.PlanVersion);
            }
        }
    }
}
