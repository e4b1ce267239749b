using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Bills what is missing to a plan's minimum (rules.md, "A period in pieces"): at the end of the period, and where a change,
/// a pause or an end cuts it. It counts lines by the service period they are for, as rounded, less their credits, before
/// discounts and tax, whatever invoice they stand on, and shrinks with a partial period by its day share.
/// </summary>
internal static class Commitments
{
    /// <summary>The commitments that begin at an instant, of all plans sold that have a minimum in the subscription's currency.</summary>
    public static SubscriptionState Begun(SubscriptionState state, SubscriptionFacts facts, Instant from) =>
        state with { Commitments = [.. Sold(state).Select(sold => Beginning(state, facts, sold, from)).OfType<Commitment>()] };

    /// <summary>
    /// What is missing to all commitments at an instant, for good; one for which usage counts that is not billed yet, waits for it. So
    /// does what is missing to those that have waited for usage which the same step bills.
    /// </summary>
    /// <param name="state">The subscription up to then.</param>
    /// <param name="after">After the step, with the usage that waits.</param>
    /// <param name="facts">Holds the plans, and the invoices of what was counted.</param>
    /// <param name="at">When they end.</param>
    /// <param name="drafts">What the same step bills and credits.</param>
    public static (SubscriptionState After, ImmutableArray<LineDraft> Lines) Ended(
        SubscriptionState state, SubscriptionState after, SubscriptionFacts facts, Instant at, ImmutableArray<LineDraft> drafts)
    {
        after = state.Commitments.IsEmpty ? after : after with { CommitsFrom = at };
        return Closing(state, after, facts, [.. state.Commitments.Select(running => new EndedCommitment(running, at, ShareOf(state, running, at)))], drafts);
    }

    /// <summary>What is missing to the commitments that have waited for usage, where none waits or runs any more.</summary>
    /// <param name="state">After the usage is billed.</param>
    /// <param name="facts">Holds the plans, and the invoices of what was counted.</param>
    /// <param name="drafts">That usage.</param>
    public static (SubscriptionState After, ImmutableArray<LineDraft> Lines) Closing(SubscriptionState state, SubscriptionFacts facts, ImmutableArray<LineDraft> drafts) =>
        state.CommitmentsWaiting.IsEmpty ? (state, []) : Closing(state, state, facts, [], drafts);

    /// <summary>Closes what waits for no usage, of what has waited and what ends now; the rest waits.</summary>
    private static (SubscriptionState After, ImmutableArray<LineDraft> Lines) Closing(
        SubscriptionState state, SubscriptionState after, SubscriptionFacts facts, ImmutableArray<EndedCommitment> ended, ImmutableArray<LineDraft> drafts)
    {
        var lines = ImmutableArray.CreateBuilder<LineDraft>();
        var waiting = ImmutableArray.CreateBuilder<EndedCommitment>();
        var closed = after.CommitmentsClosed.ToBuilder();
        foreach (var over in after.CommitmentsWaiting.AddRange(ended))
        {
            if (CommitmentUsage.IsAwaited(after, over))
            {
                waiting.Add(over);
                continue;
            }

            var (line, account) = Missing(state, facts, over, drafts);
            if (line is not null)
            {
                lines.Add(line);
            }

            if (account is not null)
            {
                closed.Add(account with { Number = after.CommitmentsEnded + closed.Count - after.CommitmentsClosed.Length + 1 });
            }
        }

        return (
            after with
            {
                CommitmentsWaiting = waiting.DrainToImmutable(),
                CommitmentsClosed = closed.ToImmutable(),
                CommitmentsEnded = after.CommitmentsEnded + closed.Count - after.CommitmentsClosed.Length,
            },
            lines.DrainToImmutable());
    }

    /// <summary>
    /// What a change within the period does: a commitment whose amount stays goes on; another one ends the old for its part
    /// and begins. A charge that the change does not cut counts on both sides, by its days; so does a price that runs in arrears, and
    /// usage whose price goes on: for its line the old one waits.
    /// By <c>full_difference</c> the higher of the two holds for the whole, also where there was none, but not for days that an earlier
    /// one was billed for, or that were paused (<see cref="SubscriptionState.CommitsFrom"/>).
    /// </summary>
    /// <param name="before">Before the change.</param>
    /// <param name="after">With the plans and items after it.</param>
    /// <param name="facts">Holds old and new plans.</param>
    /// <param name="at">The change.</param>
    /// <param name="call">The call's policy, or null.</param>
    /// <param name="drafts">What the change bills and credits.</param>
    public static (SubscriptionState State, ImmutableArray<LineDraft> Lines) Changed(
        SubscriptionState before, SubscriptionState after, SubscriptionFacts facts, Instant at, ProrationPolicy? call, ImmutableArray<LineDraft> drafts)
    {
        var running = ImmutableArray.CreateBuilder<Commitment>();
        var ended = ImmutableArray.CreateBuilder<EndedCommitment>();
        var commitsFrom = before.CommitsFrom;
        long Cut(Commitment one) => Underway(before, facts, one, at, item => !RunsOn(after, item.Id, at));
        foreach (var each in before.Commitments)
        {
            // Begun by an earlier change of this instant: what that left running, and this one cuts, is a line of the time before alone.
            var old = each.From == at ? each with { Elsewhere = each.Elsewhere - Cut(each) } : each;
            var next = Sold(after).Where(sold => sold.AddOn == old.AddOn && (!old.AddOn || sold.Plan == old.Plan))
                .Select(sold => Beginning(after, facts, sold, at)).FirstOrDefault();
            var (was, becomes) = (MinimumOf(before, facts, old), next is null ? 0 : MinimumOf(after, facts, next));
            if (was == becomes || call is ProrationPolicy.FullDifference)
            {
                running.Add(becomes >= was ? old with { Plan = next!.Plan, PlanVersion = next.PlanVersion } : old);
            }
            else if (old.From < at)
            {
                commitsFrom = at;
                var over = Parted(old with { Elsewhere = old.Elsewhere - Underway(after, facts, old, at) }, Reaching(after, facts, old, at), facts);
                ended.Add(new EndedCommitment(over, at, ShareOf(before, over, at)));
            }
            else if (next is not null)
            {
                // It has run for no time: what was billed for the time from then on counts towards the one in its place.
                running.Add(old with { Plan = next.Plan, PlanVersion = next.PlanVersion });
            }
        }

        foreach (var sold in Sold(after).Where(sold => !running.Any(goesOn => IsOf(goesOn, sold))))
        {
            var from = call is ProrationPolicy.FullDifference && before.Commitments.All(old => !IsOf(old, sold)) && WasSold(before, sold)
                ? Instant.Max(before.CurrentPeriod.Start, commitsFrom ?? Instant.MinValue)
                : at;
            if (Beginning(after, facts, sold, from) is { } begun)
            {
                // What credit notes took is subtracted from each line that is counted.
                ImmutableArray<CountedLine> reaching = [.. Reaching(after, facts, begun, from).Select(rest => new CountedLine(
                    rest.Charge.Invoice, rest.Charge.Line, rest.Amount + facts.NotesTook(rest.Charge.Invoice, rest.Charge.Line).Amount))];
                running.Add(begun with
                {
                    Elsewhere = Underway(after, facts, begun, from),
                    Lines = from < at ? [.. reaching, .. EarlierLines.Of(before, after, facts, begun, reaching)] : reaching,
                });
            }
        }

        // One that such a change has ended and that waits for usage counts that line itself.
        after = after with { CommitmentsWaiting = [.. after.CommitmentsWaiting.Select(over => over.At == at ? over with { Running = over.Running with { Elsewhere = over.Running.Elsewhere + Cut(over.Running) } } : over)] };
        return Closing(before, after with { Commitments = running.DrainToImmutable(), CommitsFrom = commitsFrom }, facts, ended.DrainToImmutable(), drafts);
    }

    /// <summary>
    /// One that ends while charges run on: it may wait for usage, and meanwhile counts the part of each for its own days, whatever credits
    /// and credit notes take of it from then on: that is taken off what counts after it.
    /// </summary>
    private static Commitment Parted(Commitment ended, IEnumerable<(BilledCharge Charge, long Amount)> reaching, SubscriptionFacts facts)
    {
        foreach (var (charge, later) in reaching)
        {
            if (ended.Lines.FirstOrDefault(line => line.Line == charge.Line) is { } whole)
            {
                var left = whole.Less(facts.NotesTook(charge.Invoice, charge.Line).Amount) - later;
                ended = ended with { Lines = ended.Lines.Replace(whole, whole with { Amount = left, RunsOn = true }) };
            }
        }

        return ended;
    }

    /// <summary>The commitments with what an invoice billed and credited for their time.</summary>
    public static SubscriptionState Counted(SubscriptionState state, LinesBilled invoice) => state.Commitments.IsEmpty && state.CommitmentsWaiting.IsEmpty ? state : state with
    {
        Commitments = [.. state.Commitments.Select(running => Counted(state, running, invoice, Instant.MaxValue))],
        CommitmentsWaiting = [.. state.CommitmentsWaiting.Select(ended => ended with { Running = Counted(state, ended.Running, invoice, ended.At) })],
    };

    private static Commitment Counted(SubscriptionState state, Commitment running, LinesBilled invoice, Instant before) => running with
    {
        // Lines that have waited were counted by the turn that made them; those made by hand are no price of the plan.
        Lines = running.Lines.AddRange(invoice.Lines
            .Where(line => (invoice.Id is null || !line.Draft.HasWaited) && IsBefore(line.Draft, before) && Counts(state, running, line.Draft))
            .Select(line => new CountedLine(invoice.InvoiceOf(line), line.Id, CommitmentUsage.AmountOf(state, running, line.Draft, before)) { Of = line.Draft.Amount })),
    };

    /// <summary>True for a line of the time before a commitment's end, also where it runs on over it: of usage, its days count.</summary>
    private static bool IsBefore(LineDraft draft, Instant end) =>
        draft.CreditedLine is not null || draft.Period.End <= end || (draft.Kind is LineKind.Usage && draft.Period.Start < end);

    private static Share ShareOf(SubscriptionState state, Commitment running, Instant at)
    {
        var days = Days(state, running.From, at);
        return days with { Numerator = Math.Max(0, days.Numerator - running.Paused) };
    }

    /// <summary>
    /// After a pause that left its period paid: what runs goes on, and the days in between are not committed. A plan that came in
    /// meanwhile begins, unless it takes over what was left paid: then the old terms hold until the period ends.
    /// </summary>
    public static SubscriptionState Resumed(SubscriptionState state, SubscriptionFacts facts, Instant pausedAt, Instant at)
    {
        var paused = Days(state, pausedAt, at).Numerator;
        var begun = Sold(state)
            .Where(sold => state.Commitments.All(running => !IsOf(running, sold))
                && !state.Items.Concat(state.Former).Any(item => item.AddOn == sold.AddOn && (!sold.AddOn || item.Plan == sold.Plan) && item.Open().Any()))
            .Select(sold => Beginning(state, facts, sold, at)).OfType<Commitment>();
        return state with { CommitsFrom = at, Commitments = [.. state.Commitments.Select(running => running with { Paused = running.Paused + paused }), .. begun] };
    }

    private static bool IsOf(Commitment running, (string Plan, int Version, bool AddOn) sold) =>
        running.AddOn == sold.AddOn && (!sold.AddOn || running.Plan == sold.Plan);

    /// <summary>True where a plan that is sold now was sold before the change, in whatever version; the subscription's own always was.</summary>
    private static bool WasSold(SubscriptionState before, (string Plan, int Version, bool AddOn) sold) =>
        !sold.AddOn || before.Items.Any(item => item.AddOn && item.Plan == sold.Plan);

    /// <summary>Charges that run on over a change, each with what is left of it for the time from then on.</summary>
    private static IEnumerable<(BilledCharge Charge, long Amount)> Reaching(SubscriptionState after, SubscriptionFacts facts, Commitment running, Instant at) =>
        after.Items.Concat(after.Former)
            .Where(item => running.AddOn ? item.AddOn && item.Plan == running.Plan : !item.AddOn)
            .SelectMany(item => item.Open())
            .Where(charge => at < charge.Period.End && !ItemCredits.IsVoid(charge, facts))
            .Select(charge =>
            {
                var (whole, rest) = (Days(after, charge.Period.Start, charge.Period.End), Days(after, charge.Period.Clamp(at), charge.Period.End));
                var left = charge.Amount - facts.NotesTook(charge.Invoice, charge.Line).Amount;
                return (charge, whole.IsZero ? left : Rounding.ToMinorUnits(new Share(rest.Numerator, whole.Numerator).Of(left)));
            });

    /// <summary>Minor units, of what runs in arrears over an instant, that are for the time before it: by days of the line that it comes to.</summary>
    private static long Underway(SubscriptionState after, SubscriptionFacts facts, Commitment running, Instant at, Func<SubscriptionItem, bool>? which = null) => after.Items.Concat(after.Former)
        .Where(item => item.Arrears is { } arrears && arrears.From < at && (running.AddOn ? item.AddOn && item.Plan == running.Plan : !item.AddOn) && which?.Invoke(item) is not false)
        .Sum(item =>
        {
            var policy = facts.PriceOf(item.On(item.Arrears!.Sold)).Proration ?? ProrationPolicy.Day;
            var whole = ArrearsLines.Cut(after, facts, item, after.CurrentPeriod.End, policy, isLast: true).Line?.Amount ?? 0;
            var (all, rest) = (Days(after, item.Arrears.From, after.CurrentPeriod.End), Days(after, at, after.CurrentPeriod.End));
            return all.IsZero ? 0 : whole - Rounding.ToMinorUnits(new Share(rest.Numerator, all.Numerator).Of(whole));
        });

    private static bool RunsOn(SubscriptionState state, string item, Instant at) => state.Items.Concat(state.Former).Any(one => one.Id == item && one.Arrears?.From < at);

    /// <summary>What is missing to one that is over, and how it closes; nothing of one without length.</summary>
    private static (LineDraft? Line, ClosedCommitment? Closed) Missing(SubscriptionState state, SubscriptionFacts facts, EndedCommitment ended, ImmutableArray<LineDraft> drafts)
    {
        var (running, at) = (ended.Running, ended.At);
        var minimum = MinimumOf(state, facts, running);
        var exact = ended.Share.Of(minimum);
        var due = Rounding.ToMinorUnits(exact);
        var counted = running.Lines.Where(line => !facts.IsVoid(line.Invoice, line.Line)).Sum(line => line.Less(facts.NotesTook(line.Invoice, line.Line).Amount))
            + drafts.Where(draft => IsBefore(draft, at) && Counts(state, running, draft))
                .Sum(draft => CommitmentUsage.AmountOf(state, running, draft, at))
            - running.Elsewhere;
        var closed = running.From < at ? new ClosedCommitment(0, running.Plan, running.AddOn, new Period(running.From, at), due, counted, Math.Max(0, due - counted)) : null;
        if (due <= counted)
        {
            return (null, closed);
        }

        var plan = facts.PlanOf(running.Plan, running.PlanVersion);
        ImmutableArray<ExplainStep> steps = [ExplainSteps.Given($"Minimum of {plan.Name}", minimum)];
        steps = ended.Share.IsWhole ? steps : steps.Add(ExplainSteps.Share(minimum, ended.Share, exact));
        steps = [.. steps, ExplainSteps.Round(exact, due), ExplainSteps.SubtractBilled(due, counted, due - counted)];
        var line = new LineDraft(
            LineKind.Commitment, LineTexts.Of(LineTexts.MinimumCommitment, plan.Name), new Period(running.From, at), due - counted,
            new Explain($"{plan.Code}@{plan.Version}", steps, Explain.Empty.Facts))
        {
            Subscription = state.Id,
            Plan = plan.Code,
            Group = running.AddOn ? plan.Code : "",
        };
        return (line, closed);
    }

    private static bool Counts(SubscriptionState state, Commitment running, LineDraft draft) =>
        draft.Kind is not LineKind.Commitment
        && (draft.CreditedLine is { } credited
            ? running.Lines.Any(line => line.Line == credited && !line.RunsOn)
            : draft.Period.End > running.From && (running.AddOn ? draft.Plan == running.Plan : !IsAddOn(state, draft)));

    private static bool IsAddOn(SubscriptionState state, LineDraft draft) => draft.Usage is { } used
        ? used.Part.AddOn
        : state.Items.Concat(state.Former).Any(item => item.AddOn && item.Id == draft.Item);

    private static Share Days(SubscriptionState state, Instant from, Instant to) => Proration.ChargedShare(
        ProrationPolicy.Day, PeriodCalendar.Nominal(state.Anchor!, state.EndBoundary - 1), from, to, state.Interval!, state.Anchor!.TimeZone);

    private static Commitment? Beginning(SubscriptionState state, SubscriptionFacts facts, (string Plan, int Version, bool AddOn) sold, Instant from)
    {
        var begun = new Commitment(sold.Plan, sold.Version, from) { AddOn = sold.AddOn };
        return MinimumOf(state, facts, begun) > 0 ? begun : null;
    }

    private static long MinimumOf(SubscriptionState state, SubscriptionFacts facts, Commitment running) =>
        facts.PlanOf(running.Plan, running.PlanVersion).Minimum.GetValueOrDefault(state.Currency.Code);

    private static IEnumerable<(string Plan, int Version, bool AddOn)> Sold(SubscriptionState state) =>
        state.Items.Where(item => item.AddOn).Select(item => (item.Plan, item.PlanVersion, true)).Prepend((state.Plan, state.PlanVersion, false)).Distinct();
}
