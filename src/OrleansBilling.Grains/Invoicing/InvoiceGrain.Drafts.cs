using System.Collections.Immutable;
using NodaTime;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Grains.Invoicing;

/// <summary>One-off invoices, and drafts until they are issued.</summary>
public sealed partial class InvoiceGrain
{
    /// <inheritdoc/>
    public async Task<CommandAnswer> Create(CommandKey key, Instant now, CreateInvoice command)
    {
        if (await KnownAsync(key) is { } known)
        {
            return known;
        }

        // The invoice's id comes from the key: a repeat of a request that was cut off finds it made.
        if (!await BeginAsync(facts: null)
            && await IssueAsync(now, command.Account, () => ReadCouponsAsync(command.Coupons), (facts, read) =>
                read.IndexOf(null) is var missing and >= 0
                    ? Refusal.NotFound("coupon_not_found", $"There is no coupon {command.Coupons[missing]}.", $"coupons[{missing}]")
                    : OneOffInvoice.Make(
                        this.GetPrimaryKeyString(), command.Lines, [.. read.OfType<CouponFacts>()], command.Finalize, facts, now,
                        new IdSource($"{key.Scope}/{key.Key}", now))) is { } refusal)
        {
            return CommandAnswers.Of(refusal);
        }

        return await AnswerIssuedAsync(key, now, 201);
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> FinalizeDraft(CommandKey key, Instant now)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        // A repeat of a request that was cut off after its commit finds the mark of that commit, and goes on from there.
        var mark = key with { Scope = key.Scope + "/finalized" };
        if (await MarkedAsync(mark) is { } other && other.RequestHash != key.RequestHash)
        {
            return CommandAnswers.Replay(other, key);
        }

        if (await MarkedAsync(mark) is null)
        {
            var decided = await FinalizeAsync(now, CollectionPause.TermsOfIssue(Pause, asked: true, now)!, mark);
            if (decided.Refusal is { } refusal && await MarkedAsync(mark) is null)
            {
                return CommandAnswers.Of(refusal);
            }
        }

        return await AnswerIssuedAsync(key, now, 200);
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> DeleteDraft(CommandKey key, Instant now)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        var deleted = await CommandAsync(key, now, facts => InvoiceDecider.DeleteDraft(State, facts, now));
        // Credit that was on its way to the draft is taken back: its lines count as not billed.
        await ApplyCreditsAsync(now);
        return deleted;
    }

    /// <inheritdoc/>
    public async Task<CommandAnswer> Reissue(CommandKey key, Instant now)
    {
        if (await BeginAsync(key) is { } answer)
        {
            return answer;
        }

        var document = await WholeAsync();
        var none = ImmutableDictionary<string, CreditableInvoice>.Empty;
        Reissued? made = null;
        var decided = await TurnAsync(
            now,
            facts =>
            {
                var reissued = InvoiceReissue.Make(
                    State, document.Lines, Billing, Arriving, facts.BlockedMethods, none, revision: 1,
                    $"reissue:{State.Id}", now, new IdSource($"{key.Scope}/{key.Key}", now));
                if (reissued.Refusal is { } stands)
                {
                    return stands;
                }

                made = reissued.Value;
                return made.Old with { Documents = made.Documents };
            },
            new TurnOptions(
                key,
                _ => Kernel.AnswerJson.Write(new { invoice = made!.New.Id }),
                FactsMatter: true,
                MoreDue: () => InvoiceDue.Of(Documents.None with { Invoices = [made!.New] }, Billing.Account, now)));
        return Told(decided.Refusal is { } refusal ? CommandAnswers.Of(refusal) : CommandAnswers.Of(200, Kernel.AnswerJson.Write(new { invoice = made!.New.Id })), now);
    }

    private async Task<ImmutableArray<CouponFacts?>> ReadCouponsAsync(ImmutableArray<string> codes)
    {
        var read = ImmutableArray.CreateBuilder<CouponFacts?>(codes.Length);
        foreach (var code in codes)
        {
            read.Add(await coupons.FindAsync(code));
        }

        return read.DrainToImmutable();
    }

    /// <summary>Sends the first attempt of an invoice that has just been issued, and answers with what became of it.</summary>
    private async Task<CommandAnswer> AnswerIssuedAsync(CommandKey key, Instant now, int status)
    {
        if (State.Attempts.Any(attempt => attempt.Status is AttemptStatus.Queued))
        {
            await CollectAsync(now, ask: false);
        }

        return await AnswerAsync(key, now, status, await RenderAsync());
    }

    /// <summary>Issues the draft by today's facts. Credit on its way to it is applied next, in turns of its own.</summary>
    private async Task<Decided<InvoiceTurn>> FinalizeAsync(Instant now, CollectionTerms terms, CommandKey? mark = null)
    {
        var document = await WholeAsync();
        var computed = new ComputedInvoice(document.Lines, document.Totals, Currency.Of(document.Currency));
        var credited = CreditedBy(document);
        var open = await creditable.ReadAsync(credited);
        var decided = await TurnAsync(
            now,
            facts => InvoiceDecider.Finalize(
                State, computed, document.Cause, Billing with { Account = Billing.Account with { DefaultMethod = facts.DefaultMethod } }, Credits.Sum(credit => credit.Amount), open, Ids(now), now, terms),
            new TurnOptions(FactsMatter: true, Mark: mark, Again: async () => open = await creditable.ReadAsync(credited)));
        if (decided.IsAccepted)
        {
            await ReloadAsync();
            await ApplyCreditsAsync(now);
        }

        return decided;
    }

    /// <summary>The invoices whose lines a document credits.</summary>
    private static string[] CreditedBy(InvoiceDocument document) =>
        [.. document.Lines.Select(line => line.Draft.CreditedInvoice).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Nothing is to be done yet, or any more: the row of due work goes.</summary>
    private async Task CloseRowAsync(DueKind kind, Instant now) => await TurnAsync(
        now,
        facts => new InvoiceTurn(
            State, Documents.None, Domain.Dunning.CollectionCalendar.NextAt(State, facts.Policy, now), RefundCalendar.NextAt(State, now), CollectionChanged: false),
        new TurnOptions(MoreDue: () => [Due(kind, at: null)]));
}
