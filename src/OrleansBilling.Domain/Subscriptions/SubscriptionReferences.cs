namespace OrleansBilling.Domain.Subscriptions;

/// <summary>What must be read before a decision about a subscription can be made.</summary>
public static class SubscriptionReferences
{
    /// <summary>The plan versions that its items, its billed charges and its pending change name, each once.</summary>
    public static IEnumerable<(string Code, int Version)> Plans(SubscriptionState state) => AllPlans(state).Distinct();

    /// <summary>The invoices whose lines may be credited or count as billed, and those that gave of a coupon in this period, each once.</summary>
    public static IEnumerable<string> Invoices(SubscriptionState state) =>
        state.Items.Concat(state.Former).SelectMany(InvoicesOf)
            .Concat(state.Commitments.SelectMany(running => running.Lines).Select(line => line.Invoice))
            .Concat(state.Coupons.SelectMany(coupon => coupon.Uses).Select(use => use.Invoice))
            .Distinct(StringComparer.Ordinal);

    /// <summary>True where a renewal must know whether invoices are void: coupons, parts of a period and commitments count only what stands.</summary>
    public static bool RenewalNeedsInvoices(SubscriptionState state) =>
        state.Coupons.Any(coupon => !coupon.Uses.IsEmpty)
        || !state.Commitments.IsEmpty
        || state.Items.Concat(state.Former).Any(item => item.Arrears is { Parts.IsEmpty: false });

    private static IEnumerable<string> InvoicesOf(SubscriptionItem item) =>
        item.Open().Select(charge => charge.Invoice)
            .Concat((item.History?.Settled ?? []).Select(charge => charge.Invoice))
            .Concat(item.Arrears is { } running ? running.Parts.Select(part => part.Invoice).OfType<string>() : []);

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

        foreach (var running in state.Commitments)
        {
            yield return (running.Plan, running.PlanVersion);
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
