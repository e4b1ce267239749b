using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Subscriptions;

/// <summary>
/// Lines that cannot be rated are set aside with their reason, and the rest of the invoice goes out. Rated again, a line is
/// billed once: on an invoice of its own, or with what the account gathers.
/// </summary>
public static class SetAsideLines
{
    /// <summary>The cause of an invoice that bills a line rated again.</summary>
    private const string Cause = "retry";

    /// <summary>
    /// Rates a line again by the terms it was sold on, else by those that its item has now, and bills it; without an invoice where nothing
    /// is due any more. A closed span with late usage is looked at again, at once. Refusals: 404 <c>work_item_not_found</c>, and the reason for
    /// which it still cannot be rated.
    /// </summary>
    /// <param name="state">The subscription, caught up.</param>
    /// <param name="id">The line.</param>
    /// <param name="closed">The closed commitments of its time.</param>
    /// <param name="facts">Holds the plans, the usage, and the invoices.</param>
    /// <param name="context">The frame of the turn.</param>
    public static Decided<SubscriptionStep> Retry(
        SubscriptionState state, string id, ImmutableArray<LateCommitment> closed, SubscriptionFacts facts, StepContext context)
    {
        if (state.SetAside.FirstOrDefault(waiting => waiting.Id == id) is not { } line)
        {
            return Refusal.NotFound("work_item_not_found", $"The subscription has set no line {id} aside; it may have been billed already.");
        }

        if (LateAside.Is(line))
        {
            return LateAside.Retried(state, line);
        }

        var (sold, drafted) = (line.Sold, Draft(state, line, line.Sold, facts));
        if (drafted.Refusal is not null && state.Items.FirstOrDefault(item => item.Id == line.Item && item.Price == line.Price) is { } item)
        {
            var terms = SoldTerms.Of(item) with { Quantity = line.Sold.Quantity };
            var now = Draft(state, line, terms, facts);
            (sold, drafted) = now.IsAccepted ? (terms, now) : (sold, drafted);
        }

        if (drafted.Refusal is { } refusal)
        {
            return refusal;
        }

        var revision = state.Revision + 1;
        var cleared = state with { SetAside = state.SetAside.Remove(line), Revision = revision, CommitmentsClosed = [] };
        if (IsOfCells(line) && drafted.Value is [var cells, ..])
        {
            cleared = cleared with { CellsBilled = UsageCells.With(state, line.Usage!, sold, cells, facts) };
        }

        // Below zero where more was billed before than it costs; what pieces of usage billed is given back by credits of their lines.
        (cleared, var drafts) = Taken(cleared, drafted.Value.RemoveAll(draft => draft is { Amount: < 0, CreditedLine: null }), context);
        if (drafts.IsEmpty)
        {
            return Ended(cleared, line, sold, facts);
        }

        if (drafts[0].Usage is { } used)
        {
            // What is below zero by now, of a correction since, counts on.
            cleared = UsageReturns.Settled(UsageParts.Carrying(cleared, line.Item, Math.Min(0, used.Quantity + used.Part.Carried)), facts);
        }

        (cleared, var missing) = RetriedLines.Settled(cleared, line, drafts, closed, facts);
        var (after, invoice, documents) = SubscriptionInvoicing.Issue(
            cleared, [.. drafts.AddRange(missing).Select(draft => draft with { Revision = revision, Cause = context.Cause })], facts, context, Cause);
        after = RetriedLines.Counted(after, line, invoice);
        return new SubscriptionStep(
            state.Status is SubscriptionStatus.Canceled ? after with { LatestInvoice = invoice.Id ?? after.LatestInvoice } : SubscriptionInvoicing.Kept(after, invoice, line.Why.Nominal), documents);
    }

    /// <summary>Nothing is due any more: usage is closed without a line, so that what comes late and the check of usage find its span.</summary>
    private static SubscriptionStep Ended(SubscriptionState cleared, SetAsideLine line, SoldTerms sold, SubscriptionFacts facts)
    {
        if (IsOfCells(line) || line.Usage is not { } part)
        {
            return SubscriptionStep.Of(cleared);
        }

        var (_, closed) = UsageLines.Lines(cleared, part with { Sold = sold }, facts);
        cleared = UsageReturns.Settled(UsageParts.Carrying(cleared, line.Item, Math.Min(0, closed.Quantity + part.Carried)), facts);
        return new UsageBilled(cleared, [], part.IsEmpty ? [] : [closed]) { Seen = UsagePieces.Seen([part], facts) }.Closing(SubscriptionStep.Of(cleared));
    }

    /// <summary>The invoice on which a step has billed a line that was set aside, or null.</summary>
    public static string? InvoiceOf(SetAsideLine line, SubscriptionStep step) =>
        step.Documents.Invoices.FirstOrDefault(invoice => invoice.Cause is Cause && invoice.Lines.Any(billed => billed.Draft.Item == line.Item))?.Id;

    /// <summary>Takes drafts without an amount out of what is billed and keeps them on the state.</summary>
    internal static (SubscriptionState State, ImmutableArray<LineDraft> Billable) Taken(SubscriptionState state, ImmutableArray<LineDraft> drafts, StepContext context)
    {
        var unrated = drafts.Where(draft => draft.Unrated is not null).ToList();
        if (unrated.Count == 0)
        {
            return (state, drafts);
        }

        var kept = state with
        {
            SetAside = [.. state.SetAside, .. unrated.Select(draft => SetAsideLine.Of(draft, context.Ids.Next("aside"), context.Now))],
            // What is due once waits here, and is not drafted again by the next period.
            Items = [.. state.Items.Select(item => unrated.Any(draft => draft.Kind is LineKind.OneTime && draft.Item == item.Id) ? item with { OneTimeBilled = true } : item)],
        };
        return (kept, drafts.RemoveAll(draft => draft.Unrated is not null));
    }

    /// <summary>
    /// What a change, a pause or an end leaves of lines set aside: the part until then by its share. What lies behind it
    /// stays, and what lies ahead is billed by others or by nobody.
    /// </summary>
    internal static SubscriptionState Cut(SubscriptionState state, SubscriptionFacts facts, Instant at, Func<SetAsideLine, bool>? which = null) =>
        state.SetAside.IsEmpty || state.Anchor is null ? state : state with
        {
            SetAside = [.. state.SetAside.Select(line => line.Period.End > at && (which?.Invoke(line) ?? true) ? Cut(state, line, facts, at) : line).OfType<SetAsideLine>()],
        };

    private static SetAsideLine? Cut(SubscriptionState state, SetAsideLine line, SubscriptionFacts facts, Instant at)
    {
        if (line.Kind is LineKind.OneTime || LateAside.Is(line))
        {
            return line;
        }

        if (at <= line.Period.Start)
        {
            return null;
        }

        var plan = facts.PlanOf(line.Sold.Plan, line.Sold.PlanVersion);
        var policy = line.Policy is null or ProrationPolicy.None or ProrationPolicy.FullDifference ? ProrationPolicy.Day : line.Policy.Value;
        var share = Proration.ChargedShare(policy, line.Why.Nominal, line.Period.Start, at, plan.Interval, state.Anchor!.TimeZone);
        var cut = line with { Period = line.Period with { End = at }, Policy = policy, Why = line.Why with { Part = line.Why.Part with { Share = share, BoundsShare = share } } };
        return share.IsZero ? null : cut;
    }

    private static bool IsOfCells(SetAsideLine line) => line is { Why.Code: UsageCells.NoCell, Usage: not null };

    /// <summary>Usage is read again, too: it is billed as it stands now.</summary>
    private static Decided<ImmutableArray<LineDraft>> Usage(SubscriptionState state, SetAsideLine line, UsagePart part, SubscriptionFacts facts)
    {
        if (facts.PlanOf(part.Sold.Plan, part.Sold.PlanVersion).Find(part.Price, part.Phase) is not { Kind: PriceKind.Usage })
        {
            return Refusal.Rule("unknown_price", $"Plan {part.Sold.Plan}@{part.Sold.PlanVersion} has no usage price {part.Price}.");
        }

        var (drafts, _) = UsageLines.Lines(state, part, facts);
        return drafts switch
        {
            [{ Unrated: { Code: not UsageCells.NoCell } why }, ..] => Refusal.Rule(why.Code, why.Detail),
            [] or [{ Unrated: not null }, ..] => drafts,
            _ => drafts.SetItem(0, drafts[0] with { Explain = drafts[0].Explain.With("set_aside", line.Why.Code) }),
        };
    }

    private static Decided<ImmutableArray<LineDraft>> Draft(SubscriptionState state, SetAsideLine line, SoldTerms sold, SubscriptionFacts facts)
    {
        if (IsOfCells(line))
        {
            return UsageCells.Draft(state, line.Usage!, sold, facts);
        }

        if (line.Usage is { } used)
        {
            return Usage(state, line, used with { Sold = sold }, facts);
        }

        var item = sold.On(new SubscriptionItem(line.Item, sold.Plan, sold.PlanVersion, line.Price, sold.Quantity));
        var plan = facts.PlanOf(item);
        var phase = line.Why.Phase is { } number && number <= plan.Phases.Length ? line.Why.Phase : null;
        if (plan.Find(line.Price, phase) is not { } price)
        {
            return Refusal.Rule("unknown_price", $"Plan {sold.Plan}@{sold.PlanVersion} has no price {line.Price}.");
        }

        var terms = new PriceTerms(plan, price, item.Quantity)
        {
            Phase = phase,
            Override = item.Override is { } given && given.AppliesAt(line.Period.Start) ? given : null,
        };
        if (terms.ModelIn(state.Currency) is not { } model)
        {
            return ItemLines.NotSold(terms, state.Currency);
        }

        var rated = PartRater.Rate(model, terms.Quantity, line.Why.Part with { IsLast = true, PercentOff = terms.PercentOff });
        if (rated.Refusal is { } refusal)
        {
            return refusal;
        }

        var draft = ItemLines.Draft(state, item, terms, line.Kind, line.Period, rated.Value.Line);
        draft = draft with { Explain = draft.Explain.With("set_aside", line.Why.Code) };
        draft = line.Policy is { } policy
            ? draft with { Proration = new LineProration(policy, line.Why.Part.Share), Explain = draft.Explain.With("policy", ProrationPolicyNames.Of(policy)) }
            : draft;
        return ImmutableArray.Create(draft);
    }
}
