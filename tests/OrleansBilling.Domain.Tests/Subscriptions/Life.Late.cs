using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Closed spans of a life's usage, looked at again.</summary>
internal sealed partial class Life
{
    private readonly List<ClosedUsage> _counted = [];

    /// <summary>All that was counted, in the order in which it was.</summary>
    public IReadOnlyList<ClosedUsage> Counted => _counted;

    /// <summary>By line: what persons took of it by credit notes.</summary>
    public Dictionary<string, long> Noted { get; } = new(StringComparer.Ordinal);

    /// <summary>What usage and commitments of spans that begin from an instant on, and before another, have come to, with what waits.</summary>
    public long CostOf(string from, string? to = null) => CostOf(Utc(from), to is null ? Utc(from) + Duration.Epsilon : Utc(to));

    public long CostOf(Instant from, Instant to) => Invoices.SelectMany(invoice => invoice.Lines).Select(line => line.Draft).Concat(Waiting.Select(line => line.Draft))
        .Where(draft => draft.Kind is LineKind.Usage or LineKind.Commitment && draft.Period.Start >= from && draft.Period.Start < to).Sum(draft => draft.Amount);

    /// <summary>Looks at all closed spans again.</summary>
    public Life Late(string now, LatePolicy policy) => Late(Utc(now), policy);

    public Life Late(Instant now, LatePolicy policy)
    {
        Until(now);
        var spans = _counted.GroupBy(closed => (closed.Part.Item, closed.Part.Span.Start)).Select(of => SpanOf(of.First(), [.. of], policy)).ToList();
        Take(LateUsage.Apply(State, [.. spans], Facts(), Context(now, now)));
        return this;
    }

    /// <summary>Accounts of commitments, as their rows would stand.</summary>
    private readonly List<ClosedCommitment> _committed = [];

    private void Count(SubscriptionStep step)
    {
        _committed.AddRange(step.State.CommitmentsClosed.Where(closed => closed.Number > _committed.Count));
        Assert.Equal(step.State.CommitmentsEnded, _committed.Count);
        _counted.AddRange(step.Documents.Invoices.SelectMany(invoice => invoice.Lines).Where(line => !line.Draft.HasWaited).Select(line => line.Draft.Usage).OfType<ClosedUsage>());
        _counted.AddRange(step.Documents.PendingLines.Select(line => line.Draft.Usage).OfType<ClosedUsage>());
        _counted.AddRange(step.Documents.UsageClosed);
    }

    private LateSpan SpanOf(ClosedUsage first, IReadOnlyList<ClosedUsage> all, LatePolicy policy)
    {
        var part = first.Part;
        var drafts = Invoices.Where(invoice => !(Standing.TryGetValue(invoice.Id, out var seen) && seen.Status is InvoiceStatus.Void))
            .SelectMany(invoice => invoice.Lines.Select(line => (Invoice: (string?)invoice.Id, Line: line.Id, line.Draft, line.DiscountAmount, line.Discounts)))
            .Concat(Waiting.Select(line => (Invoice: (string?)null, Line: line.Draft.Id!, line.Draft, DiscountAmount: line.Draft.CarriedDiscount, Discounts: line.Draft.CarriedDiscounts))).ToList();
        List<LateCharge> Charges(Func<LineDraft, bool> which) =>
        [
            .. drafts.Where(line => line.Draft.CreditedLine is null && which(line.Draft)).Reverse().Select(line => new LateCharge(
                new BilledCharge(line.Invoice, line.Line, line.Draft.Period, line.Draft.Period, line.Draft.Amount, line.DiscountAmount, [], false) { Discounts = line.Discounts },
                Noted.GetValueOrDefault(line.Line) - drafts.Where(other => other.Draft.CreditedLine == line.Line).Sum(other => other.Draft.Amount),
                -drafts.Where(other => other.Draft.CreditedLine == line.Line).Sum(other => other.DiscountAmount))),
        ];
        return new LateSpan(part, first.Outcome, all.Sum(closed => closed.Quantity), all.Sum(closed => closed.Events), all.Sum(closed => closed.Amount), policy)
        {
            Onward = LateSpan.OnwardOf(part, first.Quantity, all.Where(closed => closed.Outcome is UsageOutcome.Carried).Sum(closed => closed.Quantity)),
            Lines = [.. Charges(draft => draft.Kind is LineKind.Usage && draft.Item == part.Item && draft.Period.Start == part.Span.Start && draft.Period.Start < draft.Period.End)],
            Commitments =
            [
                .. _committed.Where(closed => closed.Time.Start < part.Span.End && closed.Time.End > part.Span.Start && closed.AddOn == part.AddOn && (!closed.AddOn || closed.Plan == part.Sold.Plan))
                    .GroupBy(closed => closed.Time).Select(of => new LateCommitment(
                        of.First().Plan, of.First().AddOn, of.Key, of.Sum(closed => closed.Due), of.Sum(closed => closed.Counted), of.Sum(closed => closed.Missing))
                    {
                        Lines = [.. Charges(draft => draft.Kind is LineKind.Commitment && draft.Period == of.Key && draft.Group == (of.First().AddOn ? of.First().Plan : ""))],
                    }),
            ],
        };
    }
}
