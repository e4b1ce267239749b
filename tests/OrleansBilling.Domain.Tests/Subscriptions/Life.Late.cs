using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
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

    /// <summary>Adds the invoices on which the lines of spans stand to what a look reads.</summary>
    public Func<SubscriptionFacts, IReadOnlyCollection<string>, SubscriptionFacts>? ReadsSpans { get; init; }

    /// <summary>By line: what credit notes took of it, where a world tells.</summary>
    public Func<string, (long Amount, long Discount)>? NotesTook { get; init; }

    /// <summary>The invoices that the last look wants to find as it saw them.</summary>
    public IReadOnlyCollection<InvoiceSeen> Seen { get; private set; } = [];

    /// <summary>Looks at all closed spans again.</summary>
    public Life Late(string now, LatePolicy policy) => Late(Utc(now), policy);

    /// <summary>Looks at those that begin within a time, as a look has at most so many at once.</summary>
    public Life Late(string now, LatePolicy policy, string from, string to, bool isCut = false) =>
        Late(Utc(now), policy, new Domain.Schedule.Period(Utc(from), Utc(to)), isCut ? State.Items.Concat(State.Former).FirstOrDefault()?.Id ?? _counted[0].Part.Item : null);

    public Life Late(Instant now, LatePolicy policy, Domain.Schedule.Period? within = null, string? cut = null)
    {
        Until(now);
        var facts = Facts();
        var named = Invoices.Where(invoice => invoice.Lines.Any(line => line.Draft.Kind is LineKind.Usage or LineKind.Commitment)).Select(invoice => invoice.Id).ToList();
        facts = ReadsSpans?.Invoke(facts, named) ?? facts;
        var spans = _counted.GroupBy(closed => (closed.Part.Item, closed.Part.Span.Start)).Select(of => SpanOf(of.First(), [.. of], policy, facts))
            .Where(span => within?.Contains(span.Part.Span.Start) is not false).ToList();
        // As the grain does: first by what is known before any usage was read.
        _ = LateUsage.Apply(State, [.. spans], facts with { Usage = UsageBook.Unread() }, Context(now, now), cut);
        var step = LateUsage.Apply(State, [.. spans], facts, Context(now, now), cut);
        Seen = [.. step.Documents.InvoicesCredited, .. step.Documents.InvoicesSeen];
        Take(step);
        return this;
    }

    public Decided<SubscriptionStep> Retry(string id) => Retry(id, Invoices.Count == 0 ? Now : Invoices[^1].IssuedAt);

    public Decided<SubscriptionStep> Retry(string id, string now) => Retry(id, Utc(now));

    public Decided<SubscriptionStep> Retry(string id, Instant now)
    {
        var facts = Facts();
        var closed = State.SetAside.FirstOrDefault(waiting => waiting.Id == id) is { } line ? CommitmentsOf(line.Period, facts) : [];
        return Taken(SetAsideLines.Retry(State, id, closed, facts, Context(now, now)));
    }

    /// <summary>Accounts of commitments, as their rows would stand.</summary>
    private readonly List<ClosedCommitment> _committed = [];

    /// <summary>The events as they were by each instant of the clock by which they arrive: its first second, its second one.</summary>
    private readonly List<IReadOnlyList<UsageEvent>> _arrived = [];

    /// <summary>When each of what was counted was.</summary>
    private readonly List<Instant> _countedAt = [];

    /// <summary>What spans of other subscriptions have counted.</summary>
    public List<CountedTime> CountedByOthers { get; } = [];

    /// <summary>The next instant of the clock by which events arrive: what is used from now on comes after it.</summary>
    public Instant Arrival()
    {
        _arrived.Add([.. Used]);
        return Instant.FromUnixTimeSeconds(_arrived.Count);
    }

    private void Count(SubscriptionStep step)
    {
        _committed.AddRange(step.State.CommitmentsClosed.Where(closed => closed.Number > _committed.Count));
        Assert.Equal(step.State.CommitmentsEnded, _committed.Count);
        _counted.AddRange(step.Documents.Invoices.SelectMany(invoice => invoice.Lines).Where(line => !line.Draft.HasWaited).Select(line => line.Draft.Usage).OfType<ClosedUsage>());
        _counted.AddRange(step.Documents.PendingLines.Select(line => line.Draft.Usage).OfType<ClosedUsage>());
        _counted.AddRange(step.Documents.UsageClosed);
        var at = Arrival();
        _countedAt.AddRange(Enumerable.Repeat(at, _counted.Count - _countedAt.Count));
    }

    /// <summary>The events that had arrived by an instant, as they were then.</summary>
    private IReadOnlyList<UsageEvent> Arrived(Instant until) => until == ArrivedBy.Always ? Used : _arrived[(int)until.ToUnixTimeSeconds() - 1];

    private Instant At(ClosedUsage counted) => _countedAt[_counted.FindIndex(each => ReferenceEquals(each, counted))];

    private LateSpan SpanOf(ClosedUsage first, IReadOnlyList<ClosedUsage> all, LatePolicy policy, SubscriptionFacts facts)
    {
        var part = first.Part;
        ImmutableArray<LateCharge> Parts(bool ofCells) => ChargesOf(facts, draft => draft.Kind is LineKind.Usage && draft.Item == part.Item && draft.Period.Start == part.Span.Start
            && draft.Period.Start < draft.Period.End && (draft.Explain.Facts.GetValueOrDefault("set_aside") is "no_cell") == ofCells);
        return new LateSpan(part, first.Outcome, all.Sum(closed => closed.Quantity), all.Sum(closed => closed.Events), all.Sum(closed => closed.Amount), policy)
        {
            Unnamed = all[^1].Unnamed,
            Ignored = all.Where(closed => closed.Outcome is UsageOutcome.Ignored).Sum(closed => closed.Quantity),
            IgnoredEvents = all.Where(closed => closed.Outcome is UsageOutcome.Ignored).Sum(closed => closed.Events),
            ClosedAt = At(first),
            Counted = policy is LatePolicy.Ignore
                ? [.. all.Select(closed => new CountedTime(State.Id, closed.Unnamed, At(closed), At(first))).Concat(CountedByOthers).OrderBy(row => row.At)]
                : [],
            Onward = LateSpan.OnwardOf(part, first.Quantity, all.Sum(closed => closed.Onward ?? (closed.Outcome is UsageOutcome.Carried ? closed.Quantity : 0))),
            Lines = Parts(ofCells: false),
            CellLines = Parts(ofCells: true),
            Commitments = [.. CommitmentsOf(part.Span, facts).Where(closed => closed.AddOn == part.AddOn && (!closed.AddOn || closed.Plan == part.Sold.Plan))],
        };
    }

    /// <summary>The closed commitments of a span of time, as they would be read.</summary>
    private ImmutableArray<LateCommitment> CommitmentsOf(Domain.Schedule.Period within, SubscriptionFacts facts) =>
    [
        .. _committed.Where(closed => closed.Time.Start < within.End && closed.Time.End > within.Start)
            .GroupBy(closed => (Group: closed.AddOn ? closed.Plan : "", closed.Time)).Select(of => new LateCommitment(
                of.First().Plan, of.First().AddOn, of.Key.Time, of.Sum(closed => closed.Due), of.Sum(closed => closed.Counted), of.Sum(closed => closed.Missing))
            {
                Lines = ChargesOf(facts, draft => draft.Kind is LineKind.Commitment && draft.Period == of.Key.Time && draft.Group == of.Key.Group),
            }),
    ];

    private ImmutableArray<LateCharge> ChargesOf(SubscriptionFacts facts, Func<LineDraft, bool> which)
    {
        var lines = Invoices.Where(invoice => !(facts.Invoices.TryGetValue(invoice.Id, out var seen) && seen.Status is InvoiceStatus.Void))
            .SelectMany(invoice => invoice.Lines.Select(line => new PlacedLine(invoice.Id, line.Id, line.Draft, line)))
            .Concat(Waiting.Select(line => new PlacedLine(null, line.Draft.Id!, line.Draft, null))).ToList();
        return [.. lines.Where(line => line.Draft.CreditedLine is null && which(line.Draft)).Reverse().Select(line => line.Charge(lines, NotesTook?.Invoke(line.Line) ?? (Noted.GetValueOrDefault(line.Line), 0)))];
    }

    /// <summary>The lines of the current period, as they would be read.</summary>
    private ImmutableArray<EarlierLine> EarlierLines() => State is null ? [] :
    [
        .. Invoices.Where(invoice => !(Standing.TryGetValue(invoice.Id, out var seen) && seen.Status is InvoiceStatus.Void))
            .SelectMany(invoice => invoice.Lines.Select(line => (Invoice: (string?)invoice.Id, line.Id, line.Draft)))
            .Concat(Waiting.Where(line => line.Source is not PendingSource.CreditNote).Select(line => (Invoice: (string?)null, Id: line.Draft.Id!, line.Draft)))
            .Where(line => line.Draft.Item is not null && line.Draft.Period.End > State.CurrentPeriod.Start && line.Draft.Period.Start < State.CurrentPeriod.End)
            .Select(line => new EarlierLine(line.Invoice, line.Id, line.Draft.Kind, line.Draft.Item!, line.Draft.Plan!, line.Draft.Period, line.Draft.Amount, line.Draft.CreditedLine)),
    ];

    /// <summary>A line where it stands: on an invoice, or waiting for one.</summary>
    private sealed record PlacedLine(string? Invoice, string Line, LineDraft Draft, InvoiceLine? Billed)
    {
        private long Discount => Billed?.DiscountAmount ?? Draft.CarriedDiscount;

        public LateCharge Charge(IReadOnlyCollection<PlacedLine> all, (long Amount, long Discount) notes)
        {
            var credits = all.Where(other => other.Draft.CreditedLine == Line).ToList();
            var charge = new BilledCharge(
                Invoice, Line, Draft.Period, Draft.Period, Draft.Amount, Discount, [.. (Billed?.Taxes ?? []).Select(tax => tax.Rate)], Billed?.TaxInclusive ?? false)
            {
                Discounts = Billed?.Discounts ?? Draft.CarriedDiscounts,
            };
            return new LateCharge(charge, notes.Amount - credits.Sum(credit => credit.Draft.Amount), notes.Discount - credits.Sum(credit => credit.Discount));
        }
    }
}
