using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Metering;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Usage, as the subscription's turns read it.</summary>
public sealed partial class SubscriptionGrain
{
    /// <summary>Spans that one turn looks at: each is read.</summary>
    private const int SpansAtOnce = 20;

    /// <summary>Spans that a preview of a correction shows: a year's by the week, and more.</summary>
    private const int SpansShown = 100;

    /// <inheritdoc/>
    public Task<ImmutableArray<AccruedUsage>> Accrued(Instant now) => AccruedAsync(now, parted: false);

    /// <inheritdoc/>
    public Task<ImmutableArray<AccruedUsage>> AccruedInTime(Instant now) => AccruedAsync(now, parted: true);

    private async Task<ImmutableArray<AccruedUsage>> AccruedAsync(Instant now, bool parted)
    {
        if (State is null)
        {
            return [];
        }

        // The steps ahead may be looked at, too, and they may credit what was billed.
        var facts = await ReadFactsAsync(State, null, withInvoices: SubscriptionReferences.RenewalNeedsInvoices(State) || (parted && UsageDiscounts.MayCostLess(State)));
        return await RehearsedAsync(facts, () =>
        {
            var (state, known) = SubscriptionPreview.CaughtUp(State, SubscriptionPreview.ByItself(facts), now);
            return AccruedUsage.Of(state, known, now, parted);
        });
    }

    /// <inheritdoc/>
    public async Task<LateUsageEffect> PreviewCorrection(Instant now, string meter, Domain.Schedule.Period within, UsageCorrection correction)
    {
        if (State is not { } state)
        {
            return new LateUsageEffect(Id, [], []);
        }

        var spans = await lateUsage.ReadTouchedAsync(Id, meter, within, SpansShown);
        var facts = await WithSpansAsync(await ReadFactsAsync(state, null, withInvoices: true), spans);
        SubscriptionStep Look() => LateUsage.Apply(state, spans, facts, SubscriptionPreview.Context(state, now));

        await usage.RehearseAsync(state.Account, Id, state.CreatedAt, facts.Usage, () => Look(), correction);
        return LateUsageEffect.Of(spans, Look());
    }

    /// <summary>Looks at closed spans again, of which events have arrived or been corrected.</summary>
    private async Task LookAgainAsync(Instant now)
    {
        if (State is null)
        {
            return;
        }

        StepContext Context(SubscriptionState state) => new(
            now, now, new IdSource($"{Id}/{DueKind.UsageLate}/{state.Revision + 1}/{now}", now), $"usagelate:{Id}:{state.Revision + 1}:{now.ToUnixTimeTicks()}");

        await CommitAsync(
            async () =>
            {
                var facts = await ReadFactsAsync(State!, null, withInvoices: true);
                LateUsageRead read;
                do
                {
                    read = await lateUsage.ReadAsync(Id, SpansAtOnce);
                    facts = await WithSpansAsync(facts, read.Spans);
                }
                while (!read.IsAsOf(facts.Invoices));

                await usage.RehearseAsync(State!.Account, Id, State.CreatedAt, facts.Usage, () => LateUsage.Apply(State!, read.Spans, facts, Context(State!), read.Cut));
                return (Facts: facts, Read: read);
            },
            (state, read) =>
            {
                var step = LateUsage.Apply(state!, read.Read.Spans, read.Facts, Context(state!), read.Read.Cut);
                var write = SubscriptionTurns.Write(state, step, read.Facts, now);
                return TurnDecision<SubscriptionState>.Commit(
                    step.State, UsageTurns.Looked(write, step.State, read.Read, read.Facts.Billing.Account.Clock));
            });
    }

    /// <summary>
    /// Bills what was used by the instant at which an alert fired, where its row still asks for it: the row goes with the turn, so that a
    /// firing makes one piece, however often it is looked at.
    /// </summary>
    private async Task<ImmutableArray<DueKey>> BillPieceAsync(Instant now)
    {
        if (State is null)
        {
            return [];
        }

        StepContext Context(SubscriptionState state, Instant at) => new(
            at, now, new IdSource($"{Id}/{DueKind.UsagePiece}/{state.Revision + 1}/{at}", now), $"usagepiece:{Id}:{state.Revision + 1}");

        var decision = await CommitAsync(
            async () =>
            {
                var asked = await pieces.FindAsync(Id);
                var facts = await ReadFactsAsync(State!, null, withInvoices: true);
                if (asked is not null)
                {
                    await RehearseAsync(facts, () => UsagePieces.Bill(State!, facts, Context(State!, asked.At)));
                }

                return (Facts: facts, Asked: asked);
            },
            (state, read) =>
            {
                if (read.Asked is not { } asked)
                {
                    return TurnDecision<SubscriptionState>.Nothing();
                }

                var step = UsagePieces.Bill(state!, read.Facts, Context(state!, asked.At));
                return TurnDecision<SubscriptionState>.Commit(
                    step.State, UsageTurns.Asked(SubscriptionTurns.Write(state, step, read.Facts, now), step.State, asked, read.Facts.Billing.Account.Clock));
            });
        // What the account gathers goes on its invoice at once, too.
        return decision.Write is { } write ? [.. write.HandedOver(Id), .. write.Gathers.Select(gather => gather.Key).Distinct()] : [];
    }

    /// <summary>The facts with the plans that spans were sold on, and the invoices of their lines.</summary>
    private async Task<SubscriptionFacts> WithSpansAsync(SubscriptionFacts facts, ImmutableArray<LateSpan> spans)
    {
        foreach (var (code, version) in spans.Select(span => (span.Part.Sold.Plan, span.Part.Sold.PlanVersion)).Distinct())
        {
            if (!facts.Plans.Any(plan => plan.Code == code && plan.Version == version))
            {
                facts = facts with
                {
                    Plans = facts.Plans.Add(await catalog.FindAsync(code, version)
                        ?? throw new InvalidOperationException($"Plan {code}@{version} of subscription {Id} is not in the catalog.")),
                };
            }
        }

        return await WithChargesAsync(facts, spans.SelectMany(span => span.Lines.Concat(span.CellLines).Concat(span.Commitments.SelectMany(commitment => commitment.Lines))));
    }

    /// <summary>The facts with the invoices on which charges stand.</summary>
    private async Task<SubscriptionFacts> WithChargesAsync(SubscriptionFacts facts, IEnumerable<LateCharge> charges)
    {
        var invoices = await creditable.ReadAsync(
            [.. facts.Invoices.Keys.Concat(charges.Select(charge => charge.Billed.Invoice).OfType<string>()).Distinct(StringComparer.Ordinal)]);
        var paid = await paidLines.ReadAsync([.. invoices.Values.Where(invoice => invoice.IsPaidByCredit).Select(invoice => invoice.Id)], Id);
        return await WithPayersAsync(facts with { Invoices = invoices, Paid = paid });
    }

    /// <summary>A preview on today's facts.</summary>
    private async Task<CommandAnswer> PreviewAsync(Func<SubscriptionState, SubscriptionFacts, CommandAnswer> preview)
    {
        if (State is not { } state)
        {
            return CommandAnswers.Of(SubscriptionRefusals.NotFound(Id));
        }

        var facts = await ReadFactsAsync(state, null, withInvoices: true);
        return await RehearsedAsync(facts, () => preview(state, facts));
    }

    /// <summary>What a decision answers once all usage that it asks for was read.</summary>
    private async Task<T> RehearsedAsync<T>(SubscriptionFacts facts, Func<T> decide)
    {
        await RehearseAsync(facts, () => decide());
        return decide();
    }

    /// <summary>
    /// Reads the usage that a decision asks for. A subscription that counts none and waits for none asks for nothing: it is not
    /// even rehearsed.
    /// </summary>
    private Task RehearseAsync(SubscriptionFacts facts, Action decide) => State is { } state && UsageParts.Asks(state)
        ? usage.RehearseAsync(state.Account, state.Id, state.CreatedAt, facts.Usage, decide)
        : Task.CompletedTask;
}
